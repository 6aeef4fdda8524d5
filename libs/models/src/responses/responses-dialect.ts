import { normalBaseUrl } from '../endpoint/base-url';
import type { Dialect } from '../endpoint/dialect';
import { namesIn } from '../endpoint/model-names';
import { bearer } from '../openai/chat-dialect';
import { readResponsesEvent } from './responses-answer';
import { responsesRequestBody } from './responses-request';

/** OpenAI's Responses, where an endpoint offers them. */
export const openAiResponses: Dialect = {
  askPath: 'responses',
  listPath: 'models',
  framing: 'events',
  requestIdHeader: 'x-request-id',
  root: normalBaseUrl,
  keyHeaders: bearer,
  body: responsesRequestBody,
  read: readResponsesEvent,
  names: (document) => namesIn(document['data'], 'id'),
};
