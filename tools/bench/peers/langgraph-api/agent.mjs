// The graph that the server loads by the name of this file.
import { apiKey, benchTool, given, modelName, systemPrompt } from '../work.mjs';
import { ChatOpenAI } from '@langchain/openai';
import { createAgent, tool } from 'langchain';
import { z } from 'zod';

const model = new ChatOpenAI({
  model: modelName,
  apiKey,
  streaming: true,
  configuration: { baseURL: given.modelBaseUrl },
});

export const agent = createAgent({
  model,
  systemPrompt,
  tools: [
    tool(() => benchTool.answer, {
      name: benchTool.name,
      description: benchTool.description,
      schema: z.object({ key: z.string() }),
    }),
  ],
});
