import 'reflect-metadata';
import { createService, runMain, serve } from '../serve';
import { probeService } from './probe-service';

// Started by service.test.ts as a process of its own, to be stopped by a signal.
runMain('probe', async () => {
  const app = await createService(
    probeService(() => ({})),
    { bodyBytes: 1_024 },
  );
  await serve(app, { host: '127.0.0.1', port: 0, drainTimeoutMs: 2_000 });
});
