import { Queue, Worker } from 'bullmq';
import type { RedisOptions } from 'ioredis';
import { closedInTime } from './closing';
import { queuePrefix } from './names';
import { bullConnection } from './ringer';

export interface Schedule {
  readonly id: string;
  /** As cron writes it: five fields, or six with seconds. */
  readonly pattern: string;
  readonly timezone: string | undefined;
  readonly endMs: number | undefined;
}

/** A moment of a schedule. The same moment may be told twice, under the same name. */
export interface Due {
  readonly id: string;
  readonly moment: string;
}

export interface ScheduleOptions {
  readonly connection: RedisOptions;
  readonly onDue: (due: Due) => Promise<void>;
  readonly onError: (error: unknown) => void;
}

const queueName = 'schedules';
const attempts = 5;

/** Tells when schedules are due, in one of the processes that listen: BullMQ's job schedulers. */
export class Schedules {
  private readonly queue: Queue;
  private readonly worker: Worker;

  private readonly onError: (error: unknown) => void;

  constructor({ connection, onDue, onError }: ScheduleOptions) {
    this.onError = onError;
    const options = { connection: bullConnection(connection), prefix: queuePrefix };
    this.queue = new Queue(queueName, options);
    this.queue.on('error', onError);
    this.worker = new Worker(
      queueName,
      async ({ id = '', data }) => onDue({ id: (data as { id: string }).id, moment: id }),
      // Less than after which a silent connection is taken for dead.
      { ...options, autorun: false, concurrency: 10, drainDelay: 2 },
    );
    this.worker.on('error', onError);
    this.worker.on('failed', (_job, error) => onError(error));
    this.start = () => void this.worker.run().catch(onError);
  }

  /** From now on what is due is told here. */
  readonly start: () => void;

  /** Sets or changes a schedule. Returns when it is due next, ms; undefined: never. @throws Error for a pattern that is none */
  async set({ id, pattern, timezone, endMs }: Schedule): Promise<number | undefined> {
    const repeat = {
      pattern,
      ...(timezone === undefined ? {} : { tz: timezone }),
      ...(endMs === undefined ? {} : { endDate: endMs }),
    };
    const backoff = { type: 'exponential', delay: 1_000 };
    const opts = { attempts, backoff, removeOnComplete: true, removeOnFail: true };
    await this.queue.upsertJobScheduler(id, repeat, { name: 'due', data: { id }, opts });
    return this.next(id);
  }

  async remove(id: string): Promise<void> {
    await this.queue.removeJobScheduler(id);
  }

  /** When a schedule is due next, ms; undefined: never, or there is none. */
  async next(id: string): Promise<number | undefined> {
    return (await this.queue.getJobScheduler(id))?.next ?? undefined;
  }

  /** Resolves when nothing is told any more. What was broken off is told again elsewhere. */
  async close(): Promise<void> {
    const opened = [this.worker, this.queue];
    if ((await closedInTime(Promise.all(opened.map((one) => one.close())))) === 'closed') return;
    // Not to be waited for either; without it they would try to come back for ever.
    for (const one of opened) one.disconnect().catch(this.onError);
  }
}
