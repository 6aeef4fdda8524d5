// The OpenAI Agents SDK in one process: a runner, a streamed run per request, nothing kept.
import { apiKey, benchTool, given, modelName, systemPrompt } from '../work.mjs';
import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents';
import { OpenAI } from 'openai';
import { z } from 'zod';
import { announce, serve, stopOnSignal } from '../serve.mjs';

setTracingDisabled(true);

const agent = new Agent({
  name: 'bench',
  instructions: systemPrompt,
  model: modelName,
  tools: [
    tool({
      name: benchTool.name,
      description: benchTool.description,
      parameters: z.object({ key: z.string() }),
      execute: () => benchTool.answer,
    }),
  ],
});
const openAIClient = new OpenAI({ baseURL: given.modelBaseUrl, apiKey });
const runner = new Runner({
  modelProvider: new OpenAIProvider({ openAIClient, useResponses: false }),
  tracingDisabled: true,
});

async function run(work) {
  const result = await runner.run(agent, work, { stream: true });
  await result.completed;
  return result.finalOutput;
}

async function* stream(work) {
  const result = await runner.run(agent, work, { stream: true });
  yield* result.toTextStream();
  await result.completed;
}

const server = await serve({ run, stream });
stopOnSignal(() => server.close());
announce({
  packages: ['@openai/agents', 'openai'],
  folder: import.meta.dirname,
  settings: { tracing: false, api: 'chat_completions' },
});
