// The second hop: tool calls, in a process of their own.
import { Worker } from 'bullmq';
import { callTool } from '../model-call.mjs';
import { stopOnSignal } from '../serve.mjs';
import { connection, toolQueue, workerSettings } from './queues.mjs';

const worker = new Worker(toolQueue, async ({ data }) => callTool(data), { connection, ...workerSettings });
worker.on('error', (error) => process.stderr.write(`${error.stack}\n`));
await worker.waitUntilReady();
stopOnSignal(() => worker.close());
process.stdout.write('ready\n');
