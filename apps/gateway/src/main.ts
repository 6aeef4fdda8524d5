import 'reflect-metadata';
import { parseSettings, runMain, serve } from '@lumina/platform';
import { createGateway } from './application';
import { gatewaySettings } from './settings';

runMain('gateway', async () => {
  const settings = parseSettings(gatewaySettings, process.env);
  const app = await createGateway(settings);
  const { LUMINA_HOST: host, PORT: port, LUMINA_DRAIN_TIMEOUT: drainTimeoutMs } = settings;
  await serve(app, { host, port, drainTimeoutMs });
});
