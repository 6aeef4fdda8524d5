import 'reflect-metadata';
import { createService, parseSettings, runMain, serve } from '@lumina/platform';
import { AppModule } from './app.module';
import { serveDocs } from './docs';
import { gatewaySettings } from './settings';

runMain('gateway', async () => {
  const settings = parseSettings(gatewaySettings, process.env);
  const app = await createService(AppModule.of(settings), { bodyBytes: settings.LUMINA_MAX_BODY });
  serveDocs(app);
  const { LUMINA_HOST: host, PORT: port, LUMINA_DRAIN_TIMEOUT: drainTimeoutMs } = settings;
  await serve(app, { host, port, drainTimeoutMs });
});
