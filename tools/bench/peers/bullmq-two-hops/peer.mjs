// Two queues of BullMQ as they come: a job for the run, a job for each tool call, and somebody who waits for each.
import { given } from '../work.mjs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { Words, runLoop } from '../loop.mjs';
import { createModelClient } from '../model-call.mjs';
import { launch, lineOf, stop } from '../processes.mjs';
import { announce, serve, stopOnSignal } from '../serve.mjs';
import { connection, jobSettings, runQueue, toolQueue, workerSettings } from './queues.mjs';

const runs = new Queue(runQueue, { connection, defaultJobOptions: jobSettings });
const runEvents = new QueueEvents(runQueue, { connection });
const tools = new Queue(toolQueue, { connection, defaultJobOptions: jobSettings });
const toolEvents = new QueueEvents(toolQueue, { connection });
// Everybody who waits for a job listens to its queue.
for (const part of [runs, runEvents, tools, toolEvents]) part.setMaxListeners(0);
const callModel = createModelClient(given.modelBaseUrl);

async function callTool(call) {
  const job = await tools.add('call', call);
  return job.waitUntilFinished(toolEvents);
}

/** Words go out as the job's progress when somebody reads them. */
async function work(job) {
  const told = [];
  const tell = job.data.isStreamed ? (text) => told.push(job.updateProgress({ text })) : undefined;
  const answer = await runLoop(job.data.work, {
    callModel: (messages) => callModel(messages, tell),
    callTool,
  });
  await Promise.all(told);
  return answer;
}

async function run(name) {
  const job = await runs.add('run', { work: name });
  return job.waitUntilFinished(runEvents);
}

const listeners = new Map();
runEvents.on('progress', ({ jobId, data }) => listeners.get(jobId)?.push(data.text));

async function* stream(name) {
  const jobId = randomUUID();
  const words = new Words();
  listeners.set(jobId, words);
  try {
    const job = await runs.add('run', { work: name, isStreamed: true }, { jobId });
    const finished = job.waitUntilFinished(runEvents).finally(() => words.end());
    yield* words;
    await finished;
  } finally {
    listeners.delete(jobId);
  }
}

const worker = new Worker(runQueue, work, { connection, ...workerSettings });
worker.on('error', (error) => process.stderr.write(`${error.stack}\n`));
const toolWorker = launch(process.execPath, [join(import.meta.dirname, 'tool-worker.mjs')]);
await Promise.all([
  lineOf(toolWorker, (line) => line === 'ready'),
  ...[worker, runs, tools, runEvents, toolEvents].map((part) => part.waitUntilReady()),
]);
const redis = new Redis(given.redisUrl);
const redisPid = Number(/process_id:(\d+)/.exec(await redis.info('server'))[1]);
await redis.quit();

await serve({ run, stream });
stopOnSignal(async () => {
  await Promise.all([stop(toolWorker), worker.close()]);
  await Promise.all([runs, tools, runEvents, toolEvents].map((part) => part.close()));
});
announce({
  pids: [toolWorker.pid, redisPid],
  packages: ['bullmq', 'ioredis'],
  folder: import.meta.dirname,
  settings: { ...workerSettings, ...jobSettings },
});
