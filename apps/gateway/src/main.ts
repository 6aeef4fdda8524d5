import 'reflect-metadata';
import { openTracing, parseSettings, runMain, serve } from '@lumina/platform';
import { createGateway } from './application';
import { partingMs } from './gateway';
import { gatewaySettings } from './settings';

runMain('gateway', async () => {
  const settings = parseSettings(gatewaySettings, process.env);
  const tracing = await openTracing(settings, 'gateway');
  const app = await createGateway(settings, tracing);
  const { LUMINA_HOST: host, PORT: port, LUMINA_DRAIN_TIMEOUT: drainTimeoutMs } = settings;
  await serve(app, { host, port, drainTimeoutMs, partingMs: partingMs(drainTimeoutMs), tracing });
});
