/** One server-sent event. */
export interface SseFrame {
  readonly event: string;
  readonly data: string;
  /** The last id that the stream has given, with this frame or before it. */
  readonly id: string | undefined;
  /** Whether this frame brought the id itself. */
  readonly hasOwnId: boolean;
}

/**
 * Cuts a stream of server-sent events into frames, however its pieces were cut. Lines end with LF, CR or CRLF; comments and
 * unknown fields are passed over; what the stream ends in the middle of is no frame.
 */
export class SseReader {
  private readonly decoder = new TextDecoder();
  private rest = '';
  private endedWithCr = false;
  private event = '';
  private data: string[] = [];
  private id: string | undefined;
  private hasOwnId = false;

  push(piece: Uint8Array): readonly SseFrame[] {
    let text = this.decoder.decode(piece, { stream: true });
    if (text === '') return [];
    // A CRLF that was cut in two is one line end.
    if (this.endedWithCr && text.startsWith('\n')) text = text.slice(1);
    this.endedWithCr = text === '' ? false : text.endsWith('\r');
    const lines = (this.rest + text).split(/\r\n|\r|\n/);
    this.rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.take(line));
  }

  private take(line: string): readonly SseFrame[] {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.event = value;
    else if (name === 'data') this.data.push(value);
    else if (name === 'id' && !value.includes('\0')) {
      this.id = value;
      this.hasOwnId = true;
    }
    return [];
  }

  private dispatch(): readonly SseFrame[] {
    const { event, data, id, hasOwnId } = this;
    this.event = '';
    this.data = [];
    this.hasOwnId = false;
    return data.length === 0 ? [] : [{ event: event || 'message', data: data.join('\n'), id, hasOwnId }];
  }
}
