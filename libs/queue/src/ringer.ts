import { type Doorbell, type QueueName, queueNames, queueOfItem } from '@lumina/contracts';
import { type ConnectionOptions, type JobsOptions, Queue } from 'bullmq';
import type { RedisOptions } from 'ioredis';

/** Under which BullMQ keeps its keys; one hash tag, so that each queue's scripts stay in one slot. */
export const queuePrefix = 'lum:{q}';

/** ioredis' options as BullMQ takes them: the same object, typed more loosely by BullMQ. */
export const bullConnection = (options: RedisOptions): ConnectionOptions =>
  ({ ...options }) as ConnectionOptions;

export interface RingableItem {
  readonly run: string;
  readonly item: string;
  readonly v: number;
  /** How many runs of its tenant are under way. */
  readonly place: number;
}

/**
 * Rings doorbells. A ring is a hint, so one that cannot be delivered is counted and forgotten: the item's due time stands
 * in the store, and the sweeper rings again.
 */
export class Ringer {
  private readonly queues: Readonly<Record<QueueName, Queue>>;

  constructor(
    connection: RedisOptions,
    private readonly onUndelivered: (error: unknown) => void,
  ) {
    const open = (name: QueueName): Queue => openQueue(name, connection, onUndelivered);
    this.queues = { steps: open('steps'), tools: open('tools') };
  }

  async ring(items: readonly RingableItem[]): Promise<void> {
    const rings = queueNames.map(async (name) => {
      const jobs = items.filter(({ item }) => queueOfItem(item) === name).map(jobOf);
      if (jobs.length > 0) await this.queues[name].addBulk(jobs);
    });
    for (const result of await Promise.allSettled(rings)) {
      if (result.status === 'rejected') this.onUndelivered(result.reason);
    }
  }

  /** How many doorbells of a queue nobody has answered yet. */
  async waiting(name: QueueName): Promise<number> {
    const counts = await this.queues[name].getJobCounts('waiting', 'prioritized');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
  }
}

function openQueue(name: QueueName, connection: RedisOptions, onError: (error: unknown) => void): Queue {
  const queue = new Queue(name, {
    connection: bullConnection(connection),
    prefix: queuePrefix,
    streams: { events: { maxLen: 100 } },
    defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
  });
  queue.on('error', onError);
  return queue;
}

/** A tenant with no more runs than this under way is answered in order of arrival, before all others. */
const quietRuns = 8;
const lowestPriority = 2_097_151;

/** Fairness: a tenant's backlog delays itself. Behind the quiet ones, whoever has fewer runs under way goes first. */
function jobOf({ run, item, v, place }: RingableItem): {
  name: string;
  data: Doorbell;
  opts: JobsOptions;
} {
  const opts = place <= quietRuns ? {} : { priority: Math.min(place, lowestPriority) };
  return { name: 'ring', data: { c: 1, run, item, v }, opts };
}
