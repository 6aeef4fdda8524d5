import { StringDecoder } from 'node:string_decoder';
import type { OutputStream } from '@lumina/contracts';
import type { Scrubber } from '@lumina/platform';

export interface LiveOutputOptions {
  readonly scrubber: Pick<Scrubber, 'scrub' | 'openFrom'>;
  readonly show: (stream: OutputStream, text: string) => void;
  /** UTF-16 units of a call, both streams together. */
  readonly maxCharacters?: number;
  /** What comes within this time after something was shown is gathered. */
  readonly gatherMs?: number;
}

const moreIsNotShown = '… what follows is not shown while it runs\n';
/** A line, or a secret of several lines, that does not end within so much is taken as it is: it has been printed to be seen, or to hoard. */
const maxHeldCharacters = 32_768;

interface Held {
  readonly decoder: StringDecoder;
  text: string;
}

/**
 * What a program prints, shown to people while it runs. Invariants:
 *
 * V1 A secret that the scrubber finds in the whole output is not shown in pieces: only whole lines are, and none from where a secret of
 *    several lines may have begun.
 * V2 Its memory and what it shows are bounded, however much is printed.
 * V3 Each stream is shown in its own order, and the streams as they came, as far as their lines allow.
 * V4 A call that prints nothing costs nothing.
 */
export class LiveOutput {
  private printed: Readonly<Record<OutputStream, Held>> | undefined;
  private readonly gatherMs: number;
  private left: number;
  private timer: NodeJS.Timeout | undefined;
  private lastShownAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: LiveOutputOptions) {
    this.left = options.maxCharacters ?? 65_536;
    this.gatherMs = options.gatherMs ?? 200;
  }

  readonly add = (stream: OutputStream, chunk: Buffer): void => {
    if (this.left <= 0) return;
    this.printed ??= { stdout: holding(), stderr: holding() };
    const held = this.printed[stream];
    held.text += held.decoder.write(chunk);
    if (held.text.length > maxHeldCharacters) this.flush();
    const waitMs = this.lastShownAtMs + this.gatherMs - performance.now();
    this.timer ??= setTimeout(() => this.flush(), Math.max(0, waitMs));
  };

  /** Shows the rest: the program has ended. */
  end(): void {
    for (const held of Object.values(this.printed ?? {})) held.text += held.decoder.end();
    this.flush(true);
  }

  private flush(isEnd = false): void {
    const { printed } = this;
    if (printed === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.lastShownAtMs = performance.now();
    for (const stream of ['stdout', 'stderr'] as const) {
      const held = printed[stream];
      const isFull = held.text.length > maxHeldCharacters;
      const end = isEnd || isFull ? held.text.length : this.safeEnd(held.text);
      this.show(stream, this.options.scrubber.scrub(held.text.slice(0, end)).text);
      held.text = held.text.slice(end);
    }
  }

  private safeEnd(text: string): number {
    const lines = text.slice(0, text.lastIndexOf('\n') + 1);
    return this.options.scrubber.openFrom(lines);
  }

  private show(stream: OutputStream, text: string): void {
    if (text === '' || this.left <= 0) return;
    const shown = text.length > this.left ? text.slice(0, this.left) + moreIsNotShown : text;
    this.left -= text.length;
    this.options.show(stream, shown);
  }
}

const holding = (): Held => ({ decoder: new StringDecoder('utf8'), text: '' });
