import { type QueueName, queueNames, queueOfItem } from '@lumina/contracts';
import { type ConnectionOptions, Queue } from 'bullmq';
import type { RedisOptions } from 'ioredis';
import { Chime, type PlacedBell } from './chime';

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
  private readonly chimes: Readonly<Record<QueueName, Chime>>;

  constructor(
    connection: RedisOptions,
    private readonly onUndelivered: (error: unknown) => void,
  ) {
    const open = (name: QueueName): Queue => openQueue(name, connection, onUndelivered);
    this.queues = { steps: open('steps'), tools: open('tools') };
    const chime = (name: QueueName): Chime =>
      new Chime({ add: (jobs) => this.queues[name].addBulk(jobs), onUndelivered });
    this.chimes = { steps: chime('steps'), tools: chime('tools') };
  }

  /** Resolves when all were delivered, or reported as undelivered. Who rings need not wait for it. */
  async ring(items: readonly RingableItem[]): Promise<void> {
    try {
      const rings = queueNames.map((name) =>
        this.chimes[name].ring(items.filter(({ item }) => queueOfItem(item) === name).map(placed)),
      );
      await Promise.all(rings);
    } catch (error) {
      this.onUndelivered(error);
    }
  }

  /** How many doorbells of a queue nobody has answered yet. */
  async waiting(name: QueueName): Promise<number> {
    const counts = await this.queues[name].getJobCounts('waiting', 'prioritized');
    return Object.values(counts).reduce((sum, count) => sum + count, 0);
  }

  /** Delivers what has been rung for, unless Redis is away. */
  async close(): Promise<void> {
    const idle = Promise.all(Object.values(this.chimes).map((chime) => chime.idle()));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([idle, new Promise((resolve) => (timer = setTimeout(resolve, closingMs)))]);
    clearTimeout(timer);
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
  }
}

/** How long a closing ringer waits for Redis. */
const closingMs = 1_000;

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

/**
 * Fairness: a tenant's backlog delays itself. Behind the quiet ones, whoever has fewer runs under way goes first, by powers of two, so that
 * doorbells of tenants alike can share a job.
 */
function placed({ run, item, v, place }: RingableItem): PlacedBell {
  const priority = place <= quietRuns ? 0 : Math.min(2 ** Math.ceil(Math.log2(place)), lowestPriority);
  return { bell: { run, item, v }, priority };
}
