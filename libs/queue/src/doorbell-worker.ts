import { randomUUID } from 'node:crypto';
import {
  type Doorbell,
  type HandedItem,
  type Handing,
  type Knock,
  type QueueName,
  bellsOf,
  ringSchema,
} from '@lumina/contracts';
import { type Job, Worker } from 'bullmq';
import type { Redis, RedisOptions } from 'ioredis';
import { closedInTime } from './closing';
import { ConsumptionWatch } from './consumption-watch';
import { Doorman } from './doorman';
import { queuePrefix } from './names';
import { queueCounts } from './queue-metrics';
import { type RingableItem, bullConnection } from './ringer';
import { Room } from './room';

/** How a doorbell came: to this worker's own door, or through the queue. */
export type Via = 'knock' | 'queue';

export interface DoorbellWorkerOptions {
  readonly queue: QueueName;
  readonly connection: RedisOptions;
  /** How many doorbells are answered at a time. */
  readonly concurrency: number;
  /** Answers one doorbell; `handed`: with its item, whose lease it has then. What it throws is reported; the sweeper will ring again. */
  readonly answer: (doorbell: Doorbell, via: Via, handed?: HandedItem) => Promise<void>;
  /** Given, opened items may be handed to this worker. */
  readonly hands?: {
    /** With how long a lease, ms; undefined: not now. */
    readonly leaseMs: () => number | undefined;
    /** Gives back what there is no room for: others are to be rung for it. */
    readonly giveBack: (items: readonly HandedItem[]) => Promise<void>;
  };
  /** What the worker is called, unique to it; not given, it is made up. */
  readonly name?: string;
  readonly onError: (error: unknown) => void;
  /** Queues what this worker has no room for, or has taken and not begun when it goes. Not given, it is left to the sweeper. */
  readonly passOn?: (items: readonly RingableItem[]) => Promise<void>;
  /** Connections to hear knocks by, the subscriber one of its own. Not given, doorbells come through the queue alone. */
  readonly knocks?: { readonly redis: Redis; readonly subscriber: Redis };
  /** How many doorbells wait in the queue, as another connection sees it. Given, a worker that takes none is opened anew. */
  readonly waiting?: () => Promise<number>;
}

/** Who knocks may wait for a place, if one is free as soon as that, ms: the way through the queue takes about as long, and costs far more. */
const soonMs = 50;
/** If it is not free then after all, it goes through the queue after so many ms. */
const patienceMs = 250;
/** How many wait at most, for each place. */
const waitersPerPlace = 4;

/** How much the last answer weighs in the mean. */
const weightOfLast = 0.1;

/**
 * Answers the doorbells of one queue, so many at a time. A job is done when its doorbells are in hand: what must not be lost is in the
 * run store, and a job that were held for as long as its answers take would only cost its lock.
 */
export class DoorbellWorker {
  private worker: Worker;
  private taken = 0;
  private isDraining = false;
  /** The moving mean of how long answers take. */
  private answerMs: number | undefined;
  private readonly room: Room;
  private readonly counts: ReturnType<typeof queueCounts>;
  private readonly doorman: Doorman | undefined;
  private readonly watch: ConsumptionWatch | undefined;

  constructor(private readonly options: DoorbellWorkerOptions) {
    this.room = new Room(options.concurrency);
    this.counts = queueCounts(options.queue);
    this.counts.room += options.concurrency;
    this.worker = this.open();
    const { queue, waiting, knocks, onError, hands, name = randomUUID() } = options;
    this.doorman =
      knocks &&
      new Doorman({
        ...{ queue, onError, ...knocks, worker: name },
        presence: () => ({ free: this.free, answerMs: this.answerMs, leaseMs: hands?.leaseMs() }),
        onHeard: (heard) => (heard.c === 1 ? this.knocked(heard) : this.handed(heard)),
      });
    if (waiting === undefined) return;
    // Of the queue alone: whoever knocks must not hide that nothing is taken from it. A full room has reason to take nothing.
    const progress = () => ({ taken: this.taken, active: this.room.isFull ? 1 : 0 });
    this.watch = new ConsumptionWatch({ progress, waiting, onError, reopen: () => this.reopen() });
  }

  /** From now on the queue's doorbells are answered. */
  start(): void {
    this.worker.run().catch(this.options.onError);
    this.watch?.start();
  }

  /** Resolves when the connections stand. From then on whoever knocks is answered. */
  async ready(): Promise<void> {
    await this.worker.waitUntilReady();
    await this.doorman?.start();
  }

  /** How many doorbells are being answered now. */
  get active(): number {
    return this.room.taken;
  }

  isRunning(): boolean {
    return !this.isDraining && this.worker.isRunning() && !this.worker.isPaused();
  }

  /** Takes no more doorbells; resolves when those in hand are answered. */
  async drain(): Promise<void> {
    this.isDraining = true;
    this.watch?.stop();
    this.room.close();
    await Promise.all([closedInTime(this.worker.pause()), this.doorman?.leave()]);
    await this.room.empty();
  }

  async close(): Promise<void> {
    this.isDraining = true;
    this.watch?.stop();
    this.room.close();
    this.doorman?.close();
    await this.worker.close(true);
  }

  private open(): Worker {
    const { queue, connection, onError } = this.options;
    const worker = new Worker(queue, (job) => this.take(job), {
      connection: bullConnection(connection),
      prefix: queuePrefix,
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
    this.counts.reopened += 1;
    const stuck = this.worker;
    this.worker = this.open();
    this.worker.run().catch(this.options.onError);
    await stuck.close(true);
  }

  private async take(job: Job): Promise<void> {
    const ring = ringSchema.safeParse(job.data);
    if (!ring.success) {
      this.options.onError(new Error(`doorbell of an unknown contract in queue ${this.options.queue}`));
      return;
    }
    const bells = [...bellsOf(ring.data)];
    while (bells.length > 0 && (await this.room.enter())) {
      const bell = bells.shift();
      this.taken += 1;
      this.counts.queued += 1;
      if (bell !== undefined) void this.answer(bell, 'queue');
    }
    if (bells.length > 0) await this.options.passOn?.(bells.map((bell) => ({ ...bell, place: 0 })));
  }

  /** Places that nobody has, and those that whoever comes would have soon. */
  private get free(): number {
    const { room, answerMs, options } = this;
    if (!room.isOpen) return 0;
    const turns = answerMs === undefined ? 0 : Math.min(Math.floor(soonMs / answerMs), waitersPerPlace);
    return Math.max(0, (1 + turns) * options.concurrency - room.taken - room.waiters);
  }

  /** Takes a place, now or soon; undefined: there is none, and none soon. */
  private enters(): Promise<boolean> | undefined {
    return this.free > 0 ? this.room.enterWithin(patienceMs) : undefined;
  }

  private knocked({ bells }: Knock): void {
    const left = bells.filter((bell) => {
      const entering = this.enters();
      void entering?.then((isIn) => {
        if (!isIn) return this.options.passOn?.([bell]);
        this.counts.knocked += 1;
        return this.answer(bell, 'knock');
      });
      return entering === undefined;
    });
    if (left.length > 0) void this.options.passOn?.(left);
  }

  private handed({ of, items, journal }: Handing): void {
    const giveBack = (left: readonly HandedItem[]): void =>
      void this.options.hands?.giveBack(left).catch(this.options.onError);
    const left = items
      .map(({ item, data }) => ({ of, item, data, journal }))
      .filter((handed) => {
        const entering = this.enters();
        void entering?.then((isIn) => {
          if (!isIn) return giveBack([handed]);
          this.counts.handed += 1;
          return this.answer({ run: of.run, item: handed.item, v: of.v }, 'knock', handed);
        });
        return entering === undefined;
      });
    if (left.length > 0) giveBack(left);
  }

  private async answer(bell: Doorbell, via: Via, handed?: HandedItem): Promise<void> {
    const began = performance.now();
    this.counts.inHand += 1;
    try {
      await this.options.answer(bell, via, handed);
    } catch (error) {
      this.options.onError(error);
    } finally {
      const tookMs = performance.now() - began;
      this.answerMs = (this.answerMs ?? tookMs) + weightOfLast * (tookMs - (this.answerMs ?? tookMs));
      this.counts.inHand -= 1;
      this.room.leave();
    }
  }
}
