import type { ResponseHead, ResponseReader } from '../http/exchange';
import { type EventReader, createEventReader } from '../http/event-reader';
import type { Progress } from '../http/stopwatch';
import { ChatFold } from './chat-fold';
import { type JsonObject, objectOf, parseObject } from './json-value';

export type ReplyEnd =
  | { readonly kind: 'complete' }
  /** The provider said no: a status that is not 2xx, or an error inside the answer. */
  | { readonly kind: 'refused'; readonly status: number; readonly body: string }
  /** It broke off, or what came cannot be read. */
  | { readonly kind: 'incomplete'; readonly what: string }
  /** Something else lives at this address. */
  | { readonly kind: 'foreign' };

const maxRefusalBytes = 65_536;

/** The word of an error inside a stream for a status: a number in it, else "the server failed". */
function statusOf(error: unknown): number {
  const { code, status, type } = objectOf(error) ?? {};
  const given = [code, status].map(Number).find((value) => value >= 400 && value <= 599);
  if (given !== undefined) return given;
  if (type === 'invalid_request_error') return 400;
  return typeof type === 'string' && type.includes('rate_limit') ? 429 : 500;
}

/** By its first bytes, because content types lie; by its content type where they do not tell. */
function formOf(first: Buffer, head: ResponseHead | undefined): 'events' | 'whole' {
  const start = first.toString('latin1', 0, 64).trimStart().charAt(0);
  if (start !== '' && ':deir'.includes(start)) return 'events';
  if (start !== '' && '{[<'.includes(start)) return 'whole';
  return /\bjson\b|text\/html/i.test(String(head?.headers['content-type'] ?? '')) ? 'whole' : 'events';
}

/**
 * Reads a response of a chat endpoint, whatever form it takes: an event stream, one JSON document although a stream
 * was asked for, a refusal, or a page that is no answer at all. Invariants:
 *
 * R1 An answer is complete when the model said why it ended or the stream said [DONE]; otherwise it broke off.
 * R2 An event that begins like JSON and is none means that words are missing: the answer is incomplete.
 */
export class ReplyReader implements ResponseReader {
  readonly fold: ChatFold;
  head: ResponseHead | undefined;
  firstTokenAtMs: number | undefined;
  #mode: 'unknown' | 'events' | 'whole' | 'refusal' = 'unknown';
  readonly #whole: Buffer[] = [];
  #wholeBytes = 0;
  readonly #events: EventReader;
  #hasProgress = false;
  #isDone = false;
  #fault: ReplyEnd | undefined;

  constructor(
    onText: (text: string) => void,
    readonly nowMs: () => number,
  ) {
    this.fold = new ChatFold(onText);
    this.#events = createEventReader((data) => {
      this.#onData(data);
    });
  }

  onHead(head: ResponseHead): void {
    this.head = head;
    if (head.status < 200 || head.status > 299) this.#mode = 'refusal';
  }

  onChunk(chunk: Buffer): Progress {
    if (this.#mode === 'unknown') this.#mode = formOf(chunk, this.head);
    if (this.#mode === 'events') return this.#onEvents(chunk);
    this.#whole.push(chunk);
    this.#wholeBytes += chunk.length;
    return this.#mode === 'refusal' && this.#wholeBytes >= maxRefusalBytes ? 'done' : 'moving';
  }

  /** What it came to, once the exchange is over; `isBroken`: the connection failed. */
  end(isBroken: boolean): ReplyEnd {
    if (this.#mode === 'events') this.#events.end();
    else if (this.#mode !== 'unknown') this.#readWhole();
    if (this.#fault !== undefined) return this.#fault;
    if (this.#isDone || this.fold.hasFinished) return { kind: 'complete' };
    return { kind: 'incomplete', what: isBroken ? 'the connection broke' : 'the stream ended too early' };
  }

  #onEvents(chunk: Buffer): Progress {
    this.#hasProgress = false;
    this.#events.feed(chunk);
    if (this.#isDone || this.#fault !== undefined) return 'done';
    if (this.fold.hasFinished) return 'closing';
    return this.#hasProgress ? 'moving' : 'waiting';
  }

  #onData(data: string): void {
    if (this.#isDone || this.#fault !== undefined) return;
    if (data.trim() === '[DONE]') {
      this.#isDone = true;
      return;
    }
    const chunk = parseObject(data);
    if (chunk !== undefined) this.#add(chunk);
    else if (data.trimStart().startsWith('{')) {
      this.#fault = { kind: 'incomplete', what: 'an event could not be read' };
    }
  }

  #add(chunk: JsonObject): void {
    const error = chunk['error'];
    if (error !== undefined && error !== null) {
      this.#fault = { kind: 'refused', status: statusOf(error), body: JSON.stringify({ error }) };
      return;
    }
    this.#hasProgress = true;
    this.fold.add(chunk);
    if (this.fold.hasFailed) this.#fault = { kind: 'incomplete', what: 'the model stopped with an error' };
    if (this.firstTokenAtMs === undefined && this.fold.hasOutput) this.firstTokenAtMs = this.nowMs();
  }

  #readWhole(): void {
    const text = Buffer.concat(this.#whole).toString('utf8');
    if (this.#mode === 'refusal') {
      this.#fault = { kind: 'refused', status: this.head?.status ?? 0, body: text };
      return;
    }
    const document = parseObject(text);
    if (document !== undefined) {
      this.#add(document);
      this.#isDone = objectOf(document['error']) === undefined && Array.isArray(document['choices']);
      if (!this.#isDone) this.#fault ??= { kind: 'foreign' };
    } else {
      const isPage = text.trimStart().startsWith('<');
      this.#fault = isPage
        ? { kind: 'foreign' }
        : { kind: 'incomplete', what: 'the document could not be read' };
    }
  }
}
