import type { ModelRequest } from '../model-client';
import type { AnswerDraft } from './answer-draft';
import type { JsonObject } from './json-value';

/** What one provider's wire has of its own: where it is asked, in which words, and how its words are read. */
export interface Dialect {
  /** Below the root of the endpoint. */
  readonly askPath: string;
  readonly listPath: string;
  /** How a streamed answer comes: server-sent events, or a JSON document on each line. */
  readonly framing: 'events' | 'lines';
  /** The response header with the provider's name for the request. */
  readonly requestIdHeader: string;
  root(given: string): URL;
  keyHeaders(key: string): Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body of a request for a streamed answer. */
  body(model: string, request: ModelRequest, base: URL): string;
  /** Adds one document of the stream, or a whole answer in one, to the draft. False: it is none of this wire's. */
  read(document: JsonObject, draft: AnswerDraft): boolean;
  /** The models in an answer to `listPath`; undefined: this is no such list. */
  names(document: JsonObject): readonly string[] | undefined;
}
