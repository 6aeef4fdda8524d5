import 'reflect-metadata';
import { createService, openTracing, parseSettings, runMain, serve } from '@lumina/platform';
import { AppModule } from './app.module';
import { serveDocs } from './docs';
import { gatewaySettings } from './settings';

runMain('gateway', async () => {
  const settings = parseSettings(gatewaySettings, process.env);
  const tracing = await openTracing(settings, 'gateway');
  const app = await createService(AppModule.of(settings, tracing), {
    bodyBytes: settings.LUMINA_MAX_BODY,
    tracing,
  });
  serveDocs(app);
  const { LUMINA_HOST: host, PORT: port, LUMINA_DRAIN_TIMEOUT: drainTimeoutMs } = settings;
  await serve(app, { host, port, drainTimeoutMs, tracing });
});
