import { normalBaseUrl } from '../endpoint/base-url';
import type { Dialect } from '../endpoint/dialect';
import { namesIn } from '../endpoint/model-names';
import { readChatChunk } from './chat-answer';
import { chatRequestBody } from './chat-request';

const openAiHost = 'api.openai.com';

export const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

/** OpenAI's chat completions: OpenAI itself, vLLM, LiteLLM, the simulated model … */
export const chatCompletions: Dialect = {
  askPath: 'chat/completions',
  listPath: 'models',
  framing: 'events',
  requestIdHeader: 'x-request-id',
  root: normalBaseUrl,
  keyHeaders: bearer,
  body: (model, request, { hostname }) =>
    chatRequestBody(model, request, {
      outputLimitField: hostname === openAiHost ? 'max_completion_tokens' : 'max_tokens',
    }),
  read: readChatChunk,
  names: (document) => namesIn(document['data'], 'id'),
};
