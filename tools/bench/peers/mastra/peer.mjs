// Mastra: an agent with memory of its threads in libSQL, called from a server of our own.
import { apiKey, benchTool, given, modelName, systemPrompt } from '../work.mjs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Mastra } from '@mastra/core';
import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { LibSQLStore } from '@mastra/libsql';
import { Memory } from '@mastra/memory';
import { z } from 'zod';
import { announce, serve, stopOnSignal } from '../serve.mjs';

process.env.MASTRA_TELEMETRY_DISABLED = 'true';

const tool = createTool({
  id: benchTool.name,
  description: benchTool.description,
  inputSchema: z.object({ key: z.string() }),
  execute: async () => benchTool.answer,
});
const bench = new Agent({
  id: 'bench',
  name: 'bench',
  instructions: systemPrompt,
  model: { id: `bench/${modelName}`, url: given.modelBaseUrl, apiKey },
  tools: { [benchTool.name]: tool },
  memory: new Memory(),
});
const storage = new LibSQLStore({ id: 'bench', url: `file:${join(given.dataDir, 'mastra.db')}` });
const mastra = new Mastra({ agents: { bench }, storage, logger: false });
await storage.init();
const agent = mastra.getAgent('bench');

const begin = (work) => agent.stream(work, { memory: { thread: randomUUID(), resource: 'bench' } });

async function run(work) {
  const { text } = await begin(work);
  return text;
}

async function* stream(work) {
  const { textStream } = await begin(work);
  yield* textStream;
}

const server = await serve({ run, stream });
stopOnSignal(() => server.close());
announce({
  packages: ['@mastra/core', '@mastra/libsql', '@mastra/memory'],
  folder: import.meta.dirname,
  settings: { storage: 'libSQL file', lastMessages: 10, observability: false, logger: false },
});
