import 'reflect-metadata';
import { createService, parseSettings, runMain, serve } from '@lumina/platform';
import { AppModule } from './app.module';
import { orchestratorSettings } from './settings';

runMain('agent-orchestrator', async () => {
  const settings = parseSettings(orchestratorSettings, process.env);
  const app = await createService(AppModule.of(settings), { bodyBytes: 1_024 });
  const { LUMINA_HOST: host, PORT: port, LUMINA_DRAIN_TIMEOUT: drainTimeoutMs } = settings;
  await serve(app, { host, port, drainTimeoutMs });
});
