import type { ResponseHead, ResponseReader } from '../http/exchange';
import { type EventReader, createEventReader } from '../http/event-reader';
import type { Progress } from '../http/stopwatch';
import { createLineReader } from '../http/line-reader';
import { AnswerDraft } from './answer-draft';
import type { Dialect } from './dialect';
import { type JsonObject, parseObject } from './json-value';
import { statusOfError } from './stream-errors';
import { WordFrame } from './word-frame';

export type ReplyEnd =
  | { readonly kind: 'complete' }
  /** The provider said no: a status that is not 2xx, or an error inside the answer. */
  | { readonly kind: 'refused'; readonly status: number; readonly body: string }
  /** It broke off, or what came cannot be read. */
  | { readonly kind: 'incomplete'; readonly what: string }
  /** Something else lives at this address. */
  | { readonly kind: 'foreign' };

const maxRefusalBytes = 65_536;

/** By its first bytes, because content types lie; by its content type where they do not tell. */
function formOf(
  first: Buffer,
  head: ResponseHead | undefined,
  framing: Dialect['framing'],
): 'stream' | 'whole' {
  const start = first.toString('latin1', 0, 64).trimStart().charAt(0);
  if (framing === 'lines') return start === '<' || start === '[' ? 'whole' : 'stream';
  if (start !== '' && ':deir'.includes(start)) return 'stream';
  if (start !== '' && '{[<'.includes(start)) return 'whole';
  return /\bjson\b|text\/html/i.test(String(head?.headers['content-type'] ?? '')) ? 'whole' : 'stream';
}

/**
 * Reads a response of a provider, whatever form it takes: a stream, one JSON document although a stream was asked for,
 * a refusal, or a page that is no answer at all. Invariants:
 *
 * R1 An answer is complete when the model said why it ended or the stream said [DONE]; otherwise it broke off.
 * R2 An event that begins like JSON and is none means that words are missing: the answer is incomplete.
 */
export class ReplyReader implements ResponseReader {
  readonly draft: AnswerDraft;
  head: ResponseHead | undefined;
  firstTokenAtMs: number | undefined;
  #mode: 'unknown' | 'stream' | 'whole' | 'refusal' = 'unknown';
  readonly #whole: Buffer[] = [];
  #wholeBytes = 0;
  readonly #stream: EventReader;
  readonly #frame: WordFrame;
  /** What the present document has said. */
  #said = '';
  #hasProgress = false;
  #isDone = false;
  #fault: ReplyEnd | undefined;

  constructor(
    private readonly dialect: Pick<Dialect, 'framing' | 'read'>,
    onText: (text: string) => void,
    readonly nowMs: () => number,
  ) {
    this.draft = new AnswerDraft((text) => {
      this.#said = text;
      onText(text);
    });
    this.#frame = new WordFrame(dialect);
    const create = dialect.framing === 'events' ? createEventReader : createLineReader;
    this.#stream = create((data) => {
      this.#onData(data);
    });
  }

  onHead(head: ResponseHead): void {
    this.head = head;
    if (head.status < 200 || head.status > 299) this.#mode = 'refusal';
  }

  onChunk(chunk: Buffer): Progress {
    if (this.#mode === 'unknown') this.#mode = formOf(chunk, this.head, this.dialect.framing);
    if (this.#mode === 'stream') return this.#onStream(chunk);
    this.#whole.push(chunk);
    this.#wholeBytes += chunk.length;
    return this.#mode === 'refusal' && this.#wholeBytes >= maxRefusalBytes ? 'done' : 'moving';
  }

  /** What it came to, once the exchange is over; `isBroken`: the connection failed. */
  end(isBroken: boolean): ReplyEnd {
    if (this.#mode === 'stream') this.#stream.end();
    else if (this.#mode !== 'unknown') this.#readWhole();
    if (this.#fault !== undefined) return this.#fault;
    if (this.#isDone || this.draft.hasFinished) return { kind: 'complete' };
    return { kind: 'incomplete', what: isBroken ? 'the connection broke' : 'the stream ended too early' };
  }

  #onStream(chunk: Buffer): Progress {
    this.#hasProgress = false;
    this.#stream.feed(chunk);
    if (this.#isDone || this.#fault !== undefined) return 'done';
    if (this.draft.hasFinished) return 'closing';
    return this.#hasProgress ? 'moving' : 'waiting';
  }

  #onData(data: string): void {
    if (this.#isDone || this.#fault !== undefined) return;
    const word = this.#frame.wordIn(data);
    if (word !== undefined) {
      this.#hasProgress = true;
      this.draft.say(word);
      return;
    }
    if (data.trim() === '[DONE]') {
      this.#isDone = true;
      return;
    }
    const document = parseObject(data);
    if (document !== undefined) {
      this.#said = '';
      this.#read(document);
      this.#frame.learn(data, this.#said);
    } else if (data.trimStart().startsWith('{')) {
      this.#fault = { kind: 'incomplete', what: 'an event could not be read' };
    }
  }

  /** False: it is none of this wire's. */
  #read(document: JsonObject): boolean {
    const error = document['error'];
    const { draft } = this;
    if (error !== undefined && error !== null) draft.refuse(statusOfError(error), error);
    const isKnown = draft.refusal !== undefined || this.dialect.read(document, draft);
    if (isKnown) this.#hasProgress = true;
    if (draft.refusal !== undefined) this.#fault = { kind: 'refused', ...draft.refusal };
    else if (draft.broken !== undefined) this.#fault = { kind: 'incomplete', what: draft.broken };
    else if (draft.isWhole) this.#isDone = true;
    if (this.firstTokenAtMs === undefined && draft.hasOutput) this.firstTokenAtMs = this.nowMs();
    return isKnown;
  }

  #readWhole(): void {
    const text = Buffer.concat(this.#whole).toString('utf8');
    if (this.#mode === 'refusal') {
      this.#fault = { kind: 'refused', status: this.head?.status ?? 0, body: text };
      return;
    }
    const document = parseObject(text);
    if (document !== undefined) {
      this.#isDone = this.#read(document);
      if (!this.#isDone) this.#fault ??= { kind: 'foreign' };
    } else {
      const isPage = text.trimStart().startsWith('<');
      this.#fault = isPage
        ? { kind: 'foreign' }
        : { kind: 'incomplete', what: 'the document could not be read' };
    }
  }
}
