import type { RunEvent } from '@lumina/contracts';
import type { Redis } from 'ioredis';

type Entry = [string, string[]];

/** For tests: as much of Redis as the live reader uses, with faults at will. */
export class LiveRedis {
  private entries: Entry[] = [];
  private waiting: (() => void) | undefined;
  private isClosed = false;
  private fault: Error | undefined;
  private count = 0;

  /** What the reader is given. */
  get client(): Redis {
    return this as unknown as Redis;
  }

  /** An event on the live stream; without one, it was too large for it. */
  push(run: string, seq: number, event: RunEvent | undefined): void {
    this.pushText(run, seq, event === undefined ? '' : JSON.stringify(event));
  }

  /** The same with an event as it stands. */
  pushText(run: string, seq: number, event: string): void {
    this.entries.push([`${++this.count}-0`, ['r', run, 's', String(seq), 'e', event]]);
    this.waiting?.();
  }

  /** All that was pushed has been taken and told: the reader waits for more. */
  get isDrained(): boolean {
    return this.entries.length === 0 && this.waiting !== undefined;
  }

  /** The connection breaks; what is on the stream now is passed over when the reader is back. */
  break(): void {
    this.fault = new Error('connection lost');
    this.entries = [];
    this.waiting?.();
  }

  on(): this {
    return this;
  }

  async xrevrange(): Promise<Entry[]> {
    return this.count === 0 ? [] : [[`${this.count}-0`, []]];
  }

  async xread(): Promise<[string, Entry[]][] | null> {
    if (this.entries.length === 0 && !this.isClosed && this.fault === undefined) {
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
      this.waiting = undefined;
    }
    const { fault } = this;
    this.fault = undefined;
    if (fault !== undefined || this.isClosed) throw fault ?? new Error('closed');
    return [['live', this.entries.splice(0)]];
  }

  disconnect(): void {
    this.isClosed = true;
    this.waiting?.();
  }
}
