// LangGraph's own server in JavaScript, asked over its HTTP API: stateless runs, which its documents advise for a caller that waits.
import { given } from '../work.mjs';
import { join } from 'node:path';
import { createPoster } from '../poster.mjs';
import { freePort } from '../processes.mjs';
import { announce, serve, stopOnSignal } from '../serve.mjs';

/** Its default of ten jobs at a time would let a thousand runs of five seconds take more than eight minutes. */
const nWorkers = 1000;

process.env.LOG_LEVEL = 'error';
process.env.LANGSMITH_TRACING = 'false';
const { startServer } = await import('@langchain/langgraph-api/server');
const port = await freePort();
const { cleanup } = await startServer({
  port,
  host: '127.0.0.1',
  nWorkers,
  cwd: given.dataDir,
  graphs: { agent: `${join(import.meta.dirname, 'agent.mjs')}:agent` },
});
const { post, postForEvents } = createPoster(`http://127.0.0.1:${port}`);
const payload = (work) => ({
  assistant_id: 'agent',
  input: { messages: [{ role: 'user', content: work }] },
});

async function run(work) {
  const { messages, __error__: error } = await post('/runs/wait', payload(work));
  if (error !== undefined) throw new Error(JSON.stringify(error));
  return messages.at(-1).content;
}

async function* stream(work) {
  const events = postForEvents('/runs/stream', { ...payload(work), stream_mode: 'messages-tuple' });
  for await (const { event, data } of events) {
    if (event === 'error') throw new Error(data);
    if (event !== 'messages') continue;
    const [{ type, content }] = JSON.parse(data);
    if (type === 'ai' && content !== '') yield content;
  }
}

await serve({ run, stream });
stopOnSignal(cleanup);
announce({
  packages: ['@langchain/langgraph-api', '@langchain/langgraph', '@langchain/openai', 'langchain'],
  folder: import.meta.dirname,
  settings: { nWorkers, tracing: false, logLevel: 'error', stateless: true },
});
