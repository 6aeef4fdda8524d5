// The limit: what the work costs when nothing is kept, nothing is hidden and nothing is general.
import { given } from '../work.mjs';
import fastify from 'fastify';
import { runLoop, streamLoop } from '../loop.mjs';
import { callTool, createModelClient } from '../model-call.mjs';
import { announce, backlog, sendEvents, stopOnSignal } from '../serve.mjs';

const steps = { callModel: createModelClient(given.modelBaseUrl), callTool };

const app = fastify({ keepAliveTimeout: 120_000 });
app.post('/run', async ({ body }) => ({ answer: await runLoop(body.work, steps) }));
app.post('/stream', async ({ body }, reply) => {
  reply.hijack();
  await sendEvents(reply.raw, streamLoop(body.work, steps));
});
await app.listen({ port: given.port, host: '127.0.0.1', backlog });

stopOnSignal(() => app.close());
announce({ packages: ['fastify'], folder: import.meta.dirname, settings: { modelClient: 'undici Pool' } });
