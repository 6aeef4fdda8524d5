// Restate: its server is a process of its own, the agent a service whose model calls and tool calls are durable steps.
import { given } from '../work.mjs';
import { createServer } from 'node:http2';
import { RestatePromise, createEndpointHandler, service } from '@restatedev/restate-sdk';
import { runLoop } from '../loop.mjs';
import { callTool, createModelClient } from '../model-call.mjs';
import { createPoster } from '../poster.mjs';
import { stop } from '../processes.mjs';
import { announce, backlog, serve, stopOnSignal } from '../serve.mjs';
import { settings, startServer } from './server.mjs';

const callModel = createModelClient(given.modelBaseUrl);

const agent = service({
  name: 'agent',
  handlers: {
    run: (context, work) =>
      runLoop(work, {
        callModel: (messages) => context.run('model', () => callModel(messages)),
        callTool: (call) => context.run('tool', () => callTool(call)),
        all: (steps) => RestatePromise.all(steps),
      }),
  },
});

const { child, ingressUrl, adminUrl } = await startServer(given.dataDir);
const endpoint = createServer(createEndpointHandler({ services: [agent] }));
await new Promise((resolve) => {
  endpoint.listen({ port: 0, host: '127.0.0.1', backlog }, resolve);
});
await createPoster(adminUrl)('/deployments', { uri: `http://127.0.0.1:${endpoint.address().port}` });

const post = createPoster(ingressUrl);
await serve({ run: (work) => post('/agent/run', work) });
stopOnSignal(() => stop(child));
announce({
  pids: [child.pid],
  packages: ['@restatedev/restate-server', '@restatedev/restate-sdk'],
  folder: import.meta.dirname,
  settings,
});
