import { type Doorbell, type QueueName, doorbellSchema } from '@lumina/contracts';
import { type Job, Worker } from 'bullmq';
import type { RedisOptions } from 'ioredis';
import { ConsumptionWatch } from './consumption-watch';
import { bullConnection, queuePrefix } from './ringer';

export interface DoorbellWorkerOptions {
  readonly queue: QueueName;
  readonly connection: RedisOptions;
  readonly concurrency: number;
  /** Answers one doorbell. What it throws is reported; the sweeper will ring again. */
  readonly answer: (doorbell: Doorbell) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** How many doorbells wait in the queue, as another connection sees it. Given, a worker that takes none is opened anew. */
  readonly waiting?: () => Promise<number>;
}

/** Answers the doorbells of one queue, so many at a time. */
export class DoorbellWorker {
  private worker: Worker;
  private busy = 0;
  private taken = 0;
  private isDraining = false;
  private readonly watch: ConsumptionWatch | undefined;

  constructor(private readonly options: DoorbellWorkerOptions) {
    this.worker = this.open();
    const { waiting, onError } = options;
    if (waiting === undefined) return;
    const progress = () => ({ taken: this.taken, active: this.busy });
    this.watch = new ConsumptionWatch({ progress, waiting, onError, reopen: () => this.reopen() });
  }

  start(): void {
    this.worker.run().catch(this.options.onError);
    this.watch?.start();
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
    this.isDraining = true;
    this.watch?.stop();
    await this.worker.pause();
  }

  async close(): Promise<void> {
    this.isDraining = true;
    this.watch?.stop();
    await this.worker.close(true);
  }

  private open(): Worker {
    const { queue, connection, concurrency, onError } = this.options;
    const worker = new Worker(queue, (job) => this.answer(job), {
      connection: bullConnection(connection),
      prefix: queuePrefix,
      concurrency,
      autorun: false,
      drainDelay: 2,
      lockDuration: 30_000,
      maxStalledCount: 1,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    worker.on('error', onError);
    return worker;
  }

  private async reopen(): Promise<void> {
    if (this.isDraining) return;
    const stuck = this.worker;
    this.worker = this.open();
    this.worker.run().catch(this.options.onError);
    await stuck.close(true);
  }

  private async answer(job: Job): Promise<void> {
    const doorbell = doorbellSchema.safeParse(job.data);
    if (!doorbell.success) {
      this.options.onError(new Error(`doorbell of an unknown contract in queue ${this.options.queue}`));
      return;
    }
    this.busy += 1;
    this.taken += 1;
    try {
      await this.options.answer(doorbell.data);
    } catch (error) {
      this.options.onError(error);
    } finally {
      this.busy -= 1;
    }
  }
}
