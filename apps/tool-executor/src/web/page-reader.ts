import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Page, PageTask, RobotsAnswer, RobotsTask } from './page-worker';

export type Reading<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  /** `too_slow`, `too_large`: the text took more time or memory than there is for one; `broken`: nobody could make sense of it. */
  | { readonly kind: 'failed'; readonly reason: 'too_slow' | 'too_large' | 'broken' | 'cancelled' };

export interface PageReaderOptions {
  readonly maxThreads?: number;
  /** For one text, from when a thread takes it. */
  readonly timeoutMs?: number;
  readonly memoryMiB?: number;
}

type Answer<Value> =
  { readonly kind: 'ready' } | { readonly kind: 'done'; readonly value: Value } | { readonly kind: 'failed' };

const defaults = { maxThreads: 2, timeoutMs: 5_000, memoryMiB: 192 } as const;
const startTimeoutMs = 5_000;

/**
 * Reads what strangers wrote, in threads that are ended when they take too long or too much: no page can hold up the process. Invariants:
 *
 * R1 A thread works on one text at a time; one that was ended is never given another.
 * R2 Each reading ends: by its answer, its time, its memory or its signal.
 */
export class PageReader {
  private readonly options: Required<PageReaderOptions>;
  private readonly idle: Worker[] = [];
  private readonly started = new WeakSet<Worker>();
  private readonly waiting: (() => void)[] = [];
  private busy = 0;
  private isClosed = false;

  constructor(options: PageReaderOptions = {}) {
    this.options = { ...defaults, ...options };
  }

  page(task: Omit<PageTask, 'kind'>, signal: AbortSignal): Promise<Reading<Page>> {
    return this.read<Page>({ ...task, kind: 'page' }, signal);
  }

  robots(task: Omit<RobotsTask, 'kind'>, signal: AbortSignal): Promise<Reading<RobotsAnswer>> {
    return this.read<RobotsAnswer>({ ...task, kind: 'robots' }, signal);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all(this.idle.splice(0).map((worker) => worker.terminate()));
  }

  private async read<Value>(task: PageTask | RobotsTask, signal: AbortSignal): Promise<Reading<Value>> {
    await this.turn(signal);
    if (signal.aborted) return { kind: 'failed', reason: 'cancelled' };
    this.busy += 1;
    const worker = this.idle.pop() ?? this.start();
    try {
      const reading = await this.ask<Value>(worker, task, signal);
      const isUsable = reading.kind === 'done' || reading.reason === 'broken';
      if (isUsable && !this.isClosed) this.idle.push(worker);
      else await worker.terminate();
      return reading;
    } finally {
      this.busy -= 1;
      this.waiting.shift()?.();
    }
  }

  /** Resolves when a thread may be had, or the signal fires. */
  private async turn(signal: AbortSignal): Promise<void> {
    while (this.busy >= this.options.maxThreads && !signal.aborted)
      await new Promise<void>((resolve) => {
        const go = (): void => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
        const onAbort = (): void => {
          this.waiting.splice(this.waiting.indexOf(go), 1);
          resolve();
        };
        this.waiting.push(go);
        signal.addEventListener('abort', onAbort, { once: true });
      });
  }

  private start(): Worker {
    const worker = new Worker(join(__dirname, `page-worker${extname(__filename)}`), {
      env: {},
      execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
      resourceLimits: {
        maxOldGenerationSizeMb: this.options.memoryMiB,
        maxYoungGenerationSizeMb: 32,
        stackSizeMb: 4,
      },
    });
    worker.unref();
    // Out of memory, mostly. It exits then, which is what ends its reading.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      const place = this.idle.indexOf(worker);
      if (place !== -1) this.idle.splice(place, 1);
    });
    return worker;
  }

  private ask<Value>(
    worker: Worker,
    task: PageTask | RobotsTask,
    signal: AbortSignal,
  ): Promise<Reading<Value>> {
    return new Promise((resolve) => {
      const { timeoutMs } = this.options;
      const listeners = {
        message: (answer: Answer<Value>): void => {
          if (answer.kind !== 'ready')
            return end(answer.kind === 'done' ? answer : { kind: 'failed', reason: 'broken' });
          this.started.add(worker);
          clearTimeout(timer);
          timer = setTimeout(late, timeoutMs);
        },
        exit: (): void => end({ kind: 'failed', reason: 'too_large' }),
      };
      const end = (reading: Reading<Value>): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        for (const [event, listener] of Object.entries(listeners)) worker.off(event, listener);
        resolve(reading);
      };
      const onAbort = (): void => end({ kind: 'failed', reason: 'cancelled' });
      const late = (): void => end({ kind: 'failed', reason: 'too_slow' });
      let timer = setTimeout(late, this.started.has(worker) ? timeoutMs : startTimeoutMs);
      for (const [event, listener] of Object.entries(listeners)) worker.on(event, listener);
      signal.addEventListener('abort', onAbort, { once: true });
      worker.postMessage(task);
    });
  }
}
