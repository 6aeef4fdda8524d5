import { isUtf8 } from 'node:buffer';

/**
 * Picks a range of lines out of a file that arrives in chunks, holding no more than the range.
 *
 * L1 Lines end with "\n"; what follows the last one is a line unless it is empty.
 * L2 A line longer than `maxLineBytes` is cut at a whole character and says so; the window closes once it holds
 *    `maxCharacters`, at a whole line. The first line of the range is always taken.
 */
export interface LineRange {
  /** 1 is the first. */
  readonly firstLine: number;
  readonly maxLines: number;
  readonly maxCharacters: number;
  readonly maxLineBytes: number;
}

const newline = 0x0a;

export class LineWindow {
  readonly lines: string[] = [];
  cutLines = 0;
  hasInvalidText = false;
  #line = 1;
  #characters = 0;
  #parts: Buffer[] = [];
  #keptBytes = 0;
  #lineBytes = 0;
  #isClosed = false;

  constructor(private readonly range: LineRange) {}

  /** Lines seen so far, the one under way among them when it has begun. */
  get seenLines(): number {
    return this.#line - (this.#lineBytes > 0 ? 0 : 1);
  }

  /** The whole range was taken, or as much of it as there is room for. */
  get isClosed(): boolean {
    return this.#isClosed || this.lines.length >= this.range.maxLines;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** No more chunks follow. */
  end(): void {
    if (this.#lineBytes > 0) this.#take();
  }

  get #isWanted(): boolean {
    return this.#line >= this.range.firstLine && !this.isClosed;
  }

  #keep(part: Buffer): void {
    this.#lineBytes += part.length;
    const room = this.range.maxLineBytes - this.#keptBytes;
    if (!this.#isWanted || room <= 0 || part.length === 0) return;
    const kept = part.subarray(0, room);
    this.#parts.push(kept);
    this.#keptBytes += kept.length;
  }

  #endLine(): void {
    this.#take();
    this.#line++;
    this.#lineBytes = 0;
  }

  #take(): void {
    if (!this.#isWanted) return;
    const text = this.#text();
    this.#parts = [];
    this.#keptBytes = 0;
    if (this.lines.length > 0 && this.#characters + text.length > this.range.maxCharacters) {
      this.#isClosed = true;
      return;
    }
    this.#characters += text.length + 1;
    this.lines.push(text);
  }

  #text(): string {
    const isCut = this.#lineBytes > this.#keptBytes;
    const bytes = Buffer.concat(this.#parts);
    const whole = isCut ? withoutPartialCharacter(bytes) : bytes;
    this.hasInvalidText ||= !isUtf8(whole);
    const text = whole.toString('utf8');
    const clean = this.#line === 1 ? text.replace(/^\ufeff/, '') : text;
    if (!isCut) return clean;
    this.cutLines++;
    return `${clean} … (line cut: ${whole.length} of ${this.#lineBytes} bytes shown)`;
  }
}

/** Drops a UTF-8 sequence that was cut in the middle. */
function withoutPartialCharacter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    const isLead = byte >= 0xc0;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    if (isLead) return back < length ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
