import type { Environment } from '@lumina/platform';

/** An answer as a test describes it; `pieces` as they are streamed. */
export interface WireAnswer {
  readonly pieces?: readonly string[];
  readonly calls?: readonly WireCall[];
  readonly reason?: 'stop' | 'length' | 'content_filter';
  readonly input?: number;
  readonly output?: number;
  readonly cached?: number;
}

export interface WireCall {
  readonly id: string;
  readonly name: string;
  /** The JSON of the arguments, in the pieces in which it is streamed. */
  readonly args: readonly string[];
}

/** One turn of a request, in words that all wires share. */
export interface AskedTurn {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
  readonly images?: readonly string[];
  readonly calls?: readonly { readonly name: string; readonly args: unknown }[];
  /** Of a tool's answer: the call, by id, or by the tool's name where a wire has no ids. */
  readonly of?: string;
}

export interface Asked {
  readonly model: string;
  readonly system: string;
  readonly turns: readonly AskedTurn[];
  readonly tools: readonly { readonly name: string; readonly schema: unknown }[];
  readonly maxOutputTokens: number;
  readonly temperature: number | undefined;
  readonly outputSchema: unknown;
}

/** What a provider sends and expects, byte for byte: for servers that play one. */
export interface Wire {
  readonly provider: string;
  readonly contentType: string;
  /** The only way in which a model is asked. */
  readonly path: string;
  readonly listPath: string;
  readonly requestIdHeader: string | undefined;
  /** The id inside the answer. */
  readonly answerId: string | undefined;
  env(url: string, keys?: string): Environment;
  /** The key of a request; undefined: none was sent. */
  keyIn(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined;
  /** A streamed answer, event by event. */
  events(answer: WireAnswer): readonly string[];
  /** The same answer in one document. */
  whole(answer: WireAnswer): string;
  /** An error inside a stream. */
  innerError(message: string): string;
  /** The body of a refusal. */
  refusal(status: number, message: string): string;
  /** What a provider says of a conversation that is too long for its model. */
  tooLong(): { readonly status: number; readonly body: string };
  /** A list of models. */
  list(...names: readonly string[]): string;
  asked(body: string): Asked;
}

export const events = (...documents: readonly object[]): readonly string[] =>
  documents.map((document) => `data: ${JSON.stringify(document)}\n\n`);

export const namedEvents = (...documents: readonly { readonly type: string }[]): readonly string[] =>
  documents.map((document) => `event: ${document.type}\ndata: ${JSON.stringify(document)}\n\n`);

export const parsedArgs = (args: readonly string[]): unknown => JSON.parse(args.join(''));
