import { rootWithout } from '../endpoint/base-url';
import type { Dialect } from '../endpoint/dialect';
import { namesIn } from '../endpoint/model-names';
import { bearer } from '../openai/chat-dialect';
import { readOllamaLine } from './chat-answer';
import { ollamaRequestBody } from './chat-request';

/** Ollama's own chat. An address that ends in /v1, for its imitation of OpenAI, is understood. */
export const ollamaChat: Dialect = {
  askPath: 'api/chat',
  listPath: 'api/tags',
  framing: 'lines',
  requestIdHeader: 'x-request-id',
  root: (given) => rootWithout(given, ['/api/chat', '/api/tags', '/api', '/v1']),
  keyHeaders: bearer,
  body: ollamaRequestBody,
  read: readOllamaLine,
  names: (document) => namesIn(document['models'], 'name'),
};
