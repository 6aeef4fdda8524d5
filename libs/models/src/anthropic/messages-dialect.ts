import { rootWithout } from '../endpoint/base-url';
import type { Dialect } from '../endpoint/dialect';
import { namesIn } from '../endpoint/model-names';
import { readMessagesEvent } from './messages-answer';
import { messagesRequestBody } from './messages-request';

/** Anthropic's Messages, also where other servers offer them. */
export const anthropicMessages: Dialect = {
  askPath: 'v1/messages',
  listPath: 'v1/models',
  framing: 'events',
  requestIdHeader: 'request-id',
  root: (given) => rootWithout(given, ['/v1/messages', '/v1/models', '/v1']),
  keyHeaders: (key) => ({ 'x-api-key': key }),
  headers: { 'anthropic-version': '2023-06-01' },
  body: messagesRequestBody,
  read: readMessagesEvent,
  names: (document) => namesIn(document['data'], 'id'),
};
