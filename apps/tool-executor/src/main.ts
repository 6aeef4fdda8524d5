import 'reflect-metadata';
import { createService, openTracing, parseSettings, runMain, serve } from '@lumina/platform';
import { AppModule } from './app.module';
import { executorSettings } from './settings';

runMain('tool-executor', async () => {
  const settings = parseSettings(executorSettings, process.env);
  const tracing = await openTracing(settings, 'tool-executor');
  const app = await createService(AppModule.of(settings, tracing), { bodyBytes: 1_024, tracing });
  const { LUMINA_HOST: host, PORT: port, LUMINA_DRAIN_TIMEOUT: drainTimeoutMs } = settings;
  await serve(app, { host, port, drainTimeoutMs, tracing });
});
