import 'reflect-metadata';
import { createService, parseSettings, runMain, serve } from '@lumina/platform';
import { AppModule } from './app.module';
import { healthSettings } from './settings';

runMain('health', async () => {
  const settings = parseSettings(healthSettings, process.env);
  const app = await createService(AppModule.of(settings), { bodyBytes: 1_024 });
  const { LUMINA_HOST: host, PORT: port, LUMINA_DRAIN_TIMEOUT: drainTimeoutMs } = settings;
  await serve(app, { host, port, drainTimeoutMs });
});
