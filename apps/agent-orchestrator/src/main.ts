import 'reflect-metadata';
import { createService, openMeter, openTracing, parseSettings, runMain, serve } from '@lumina/platform';
import { AppModule } from './app.module';
import { orchestratorSettings } from './settings';

runMain('agent-orchestrator', async () => {
  const settings = parseSettings(orchestratorSettings, process.env);
  const tracing = await openTracing(settings, 'agent-orchestrator');
  const meter = await openMeter(settings, 'agent-orchestrator');
  const app = await createService(AppModule.of(settings, { tracing, meter }), { bodyBytes: 1_024, tracing });
  const { LUMINA_HOST: host, PORT: port, LUMINA_DRAIN_TIMEOUT: drainTimeoutMs } = settings;
  await serve(app, { host, port, drainTimeoutMs, tracing });
});
