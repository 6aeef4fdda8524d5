import { type Knock, type QueueName, queueOfItem } from '@lumina/contracts';
import { type ConnectionOptions, Queue } from 'bullmq';
import type { Redis, RedisOptions } from 'ioredis';
import { Chime, type PlacedBell, chunksOf, jobsOf, maxBells } from './chime';
import { closedInTime } from './closing';
import { Directory } from './directory';
import { knockChannel, queuePrefix } from './names';

/** ioredis' options as BullMQ takes them: the same object, typed more loosely by BullMQ. */
export const bullConnection = (options: RedisOptions): ConnectionOptions =>
  ({ ...options }) as ConnectionOptions;

/** A worker that opened items can be handed to, as the store takes it (store, run-store.ts). */
export interface OpenDoor {
  readonly channel: string;
  readonly worker: string;
  readonly leaseMs: number;
  /** Nothing was handed over: its places are free after all. */
  readonly letGo: () => void;
}

export interface RingableItem {
  readonly run: string;
  readonly item: string;
  readonly v: number;
  /** How many runs of its tenant are under way. */
  readonly place: number;
}

/**
 * Rings doorbells: it knocks at a worker that is there and has room, and where there is none the doorbell goes into the queue. A ring is a hint, so one that cannot be delivered is counted and forgotten: the item's due time stands
 * in the store, and the sweeper rings again.
 */
export class Ringer {
  private readonly queues: Readonly<Record<QueueName, Queue>>;
  private readonly chimes: Readonly<Record<QueueName, Chime>>;
  private readonly directories: Readonly<Record<QueueName, Directory>> | undefined;

  /** `redis`: on which to knock. Not given, all goes through the queue. */
  constructor(
    connection: RedisOptions,
    private readonly onUndelivered: (error: unknown) => void,
    private readonly redis?: Redis,
  ) {
    const open = (name: QueueName): Queue => openQueue(name, connection, onUndelivered);
    this.queues = { steps: open('steps'), tools: open('tools') };
    const chime = (name: QueueName): Chime =>
      new Chime({ deliver: (bells) => this.deliver(name, bells), onUndelivered });
    this.chimes = { steps: chime('steps'), tools: chime('tools') };
    this.directories = redis && {
      steps: new Directory(redis, 'steps'),
      tools: new Directory(redis, 'tools'),
    };
  }

  /** Resolves when all were delivered, or reported as undelivered. Who rings need not wait for it. */
  async ring(items: readonly RingableItem[]): Promise<void> {
    try {
      await Promise.all(byQueue(items).map(([name, bells]) => this.chimes[name].ring(bells)));
    } catch (error) {
      this.onUndelivered(error);
    }
  }

  /** Who is there with room for so many items that are about to be opened, and takes them with their lease. */
  door(name: QueueName, count = 1): OpenDoor | undefined {
    const picked = this.directories?.[name].pickForHanding(count);
    return picked && { ...picked, channel: knockChannel(name, picked.worker) };
  }

  /** Straight into the queue: for what a worker had no room for, and for what nobody came for. */
  async queueUp(items: readonly RingableItem[]): Promise<void> {
    try {
      await Promise.all(byQueue(items).map(([name, bells]) => this.queues[name].addBulk(jobsOf(bells))));
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
    await closedInTime(Promise.all(Object.values(this.chimes).map((chime) => chime.idle())));
    const queues = Object.values(this.queues);
    if ((await closedInTime(Promise.all(queues.map((queue) => queue.close())))) === 'closed') return;
    for (const queue of queues) queue.disconnect().catch(this.onUndelivered);
  }

  private async deliver(name: QueueName, bells: readonly PlacedBell[]): Promise<void> {
    const unheard = await Promise.all(chunksOf(bells, maxBells).map((some) => this.knock(name, some)));
    const left = unheard.flat();
    if (left.length > 0) await this.queues[name].addBulk(jobsOf(left));
  }

  /** Returns what nobody was there for. */
  private async knock(name: QueueName, placedBells: readonly PlacedBell[]): Promise<readonly PlacedBell[]> {
    const directory = this.directories?.[name];
    const worker = directory?.pick(placedBells.length);
    if (worker === undefined || this.redis === undefined) return placedBells;
    const knock: Knock = { c: 1, bells: placedBells.map(({ bell, place }) => ({ ...bell, place })) };
    const heardBy = await this.redis
      .publish(knockChannel(name, worker), JSON.stringify(knock))
      .catch(() => 0);
    if (heardBy > 0) return [];
    directory?.forget(worker);
    return placedBells;
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

/** @throws Error for what is not a work item */
const byQueue = (items: readonly RingableItem[]): readonly [QueueName, readonly PlacedBell[]][] =>
  [...Map.groupBy(items, ({ item }) => queueOfItem(item))].map(([name, of]) => [name, of.map(placed)]);

/** A tenant with no more runs than this under way is answered in order of arrival, before all others. */
const quietRuns = 8;
const lowestPriority = 2_097_151;

/**
 * Fairness: a tenant's backlog delays itself. Behind the quiet ones, whoever has fewer runs under way goes first, by powers of two, so that
 * doorbells of tenants alike can share a job.
 */
function placed({ run, item, v, place }: RingableItem): PlacedBell {
  const priority = place <= quietRuns ? 0 : Math.min(2 ** Math.ceil(Math.log2(place)), lowestPriority);
  return { bell: { run, item, v }, place, priority };
}
