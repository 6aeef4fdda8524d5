import { type Doorbell, type QueueName, doorbellSchema } from '@lumina/contracts';
import { type Job, Worker } from 'bullmq';
import type { RedisOptions } from 'ioredis';
import { bullConnection, queuePrefix } from './ringer';

export interface DoorbellWorkerOptions {
  readonly queue: QueueName;
  readonly connection: RedisOptions;
  readonly concurrency: number;
  /** Answers one doorbell. What it throws is reported; the sweeper will ring again. */
  readonly answer: (doorbell: Doorbell) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** Answers the doorbells of one queue, so many at a time. */
export class DoorbellWorker {
  private readonly worker: Worker;
  private busy = 0;

  constructor(private readonly options: DoorbellWorkerOptions) {
    this.worker = new Worker(options.queue, (job) => this.answer(job), {
      connection: bullConnection(options.connection),
      prefix: queuePrefix,
      concurrency: options.concurrency,
      autorun: false,
      drainDelay: 2,
      lockDuration: 30_000,
      maxStalledCount: 1,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    this.worker.on('error', options.onError);
  }

  start(): void {
    this.worker.run().catch(this.options.onError);
  }

  async ready(): Promise<void> {
    await this.worker.waitUntilReady();
  }

  /** How many doorbells are being answered now. */
  get active(): number {
    return this.busy;
  }

  isRunning(): boolean {
    return this.worker.isRunning() && !this.worker.isPaused();
  }

  /** Takes no more doorbells; resolves when those in hand are answered. */
  async drain(): Promise<void> {
    await this.worker.pause();
  }

  async close(): Promise<void> {
    await this.worker.close(true);
  }

  private async answer(job: Job): Promise<void> {
    const doorbell = doorbellSchema.safeParse(job.data);
    if (!doorbell.success) {
      this.options.onError(new Error(`doorbell of an unknown contract in queue ${this.options.queue}`));
      return;
    }
    this.busy += 1;
    try {
      await this.options.answer(doorbell.data);
    } catch (error) {
      this.options.onError(error);
    } finally {
      this.busy -= 1;
    }
  }
}
