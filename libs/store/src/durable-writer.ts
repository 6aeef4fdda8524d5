import { LuminaError } from '@lumina/contracts';
import type { ChainableCommander, Redis } from 'ioredis';
import { keys } from './keys';
import { type ScriptName, scripts } from './scripts';
import { type WriteOutcome, storeCounts } from './store-metrics';

/**
 * Carries the store's scripts to Redis. Invariants:
 *
 * W1 WAIT travels in the same pipeline, on the same connection, as the writes that it vouches for. Sent alone it may reach
 *    a new master after a fail-over, where it is satisfied by nothing.
 * W2 Nothing is re-sent by the client library: after any failure the whole batch is sent again from here, WAIT included. The scripts
 *    are idempotent (S7), and a repeat writes, so that its WAIT is not vacuous.
 * W3 A write is answered only when it is as durable as promised, or with an error: LUM_NOT_DURABLE or LUM_STORE_UNAVAILABLE.
 * W4 Nothing is acknowledged while the Sentinels are putting another Redis in the master's place: the old one may be alive, and a replica
 *    that still follows it confirms what the next master never gets.
 *
 * W5 What waits behind a batch that is being retried gets its answer in its own time, too.
 *
 * Group commit: what arrives while a batch is in flight leaves together as the next batch.
 */
export interface Durability {
  /** Replicas that must hold a write before it is acknowledged; 0: local. */
  readonly replicas: number;
  /** How long one WAIT may take. */
  readonly waitMs: number;
  /** How long a write may be retried before its caller hears of it. */
  readonly deadlineMs: number;
  /** The same for what workers write about the work in their hands, for which no client waits; not given: `deadlineMs`. */
  readonly patienceMs?: number;
}

interface Write {
  readonly script: ScriptName;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
  readonly deadlineAtMs: number;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

type BatchResult = { readonly isDurable: boolean; readonly replies: readonly [Error | null, unknown][] };

const retryPauseMs = 50;
/** Redis cannot now: it is not the master, has too few replicas, no memory (OOM) or no disk (MISCONF), or is busy. */
const transientReplies =
  /^(NOSCRIPT|READONLY|LOADING|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|BUSY|UNKILLABLE|OOM|MISCONF)\b/;
const maxBatch = 256;
const patientScripts: ReadonlySet<ScriptName> = new Set<ScriptName>(['claim', 'renew', 'commit', 'sweep']);

export class DurableWriter {
  private queue: Write[] = [];
  private inFlight = 0;
  private isScheduled = false;
  private isClosed = false;
  private readonly unanswered = new Set<(error: Error) => void>();

  constructor(
    /** A connection of its own, with `autoResendUnfulfilledCommands: false` and `enableOfflineQueue: false`. */
    private readonly redis: Redis,
    private readonly durability: Durability,
    /** Whether what the master confirms now will stand (W4). */
    private readonly isMasterTrusted: () => boolean = () => true,
  ) {
    redis.on('close', () => this.fail(new Error('the connection to Redis broke')));
  }

  write(script: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { deadlineMs, patienceMs = deadlineMs } = this.durability;
      const deadlineAtMs = Date.now() + (patientScripts.has(script) ? patienceMs : deadlineMs);
      this.queue.push({ script, keys, args, deadlineAtMs, resolve, reject });
      this.schedule();
    });
  }

  /** Resolves when all that the master held at the time of the call is as durable as promised. */
  async confirm(): Promise<void> {
    if (this.durability.replicas > 0) await this.write('confirm', [keys.confirmed], [Date.now()]);
  }

  /** Refuses what has not been sent yet; what is in flight still gets its answer. */
  close(): void {
    this.isClosed = true;
    for (const write of this.queue.splice(0)) write.reject(unavailable(new Error('the store is closed')));
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    const flush = (): void => {
      this.isScheduled = false;
      this.flush();
    };
    // With a batch in flight there is time for more to come; without one a write need not wait for the rest of this turn.
    if (this.inFlight > 0) setImmediate(flush);
    else process.nextTick(flush);
  }

  private flush(): void {
    // A WAIT blocks its connection, so one replicated batch at a time; local batches need not queue behind each other.
    if (this.queue.length === 0 || (this.durability.replicas > 0 && this.inFlight > 0)) return;
    const batch = this.queue.splice(0, maxBatch);
    this.inFlight += 1;
    void this.settle(batch).finally(() => {
      this.inFlight -= 1;
      if (this.queue.length > 0) this.schedule();
    });
    if (this.queue.length > 0) this.schedule();
  }

  private async settle(batch: readonly Write[]): Promise<void> {
    let open: readonly Write[] = batch;
    while (open.length > 0) {
      open = await this.attempt(open);
      if (open.length === 0) return;
      this.expireQueued();
      await pause(retryPauseMs);
    }
  }

  /** W5. */
  private expireQueued(): void {
    const error = unavailable(new Error('nothing is answered'));
    this.queue = this.queue.filter((write) => !this.expire(write, error));
  }

  /** Sends the writes once; returns those that should be sent again. */
  private async attempt(writes: readonly Write[]): Promise<readonly Write[]> {
    try {
      const { isDurable, replies } = await this.send(writes);
      return writes.filter((write, index) => !this.answer(write, replies[index], isDurable));
    } catch (error) {
      return writes.filter((write) => !this.expire(write, unavailable(error)));
    }
  }

  private async send(writes: readonly Write[]): Promise<BatchResult> {
    if (this.isClosed) throw new Error('the store is closed');
    if (this.redis.status !== 'ready') throw new Error(`Redis is not connected (${this.redis.status})`);
    if (!this.isMasterTrusted()) throw new Error('another Redis is about to become the master');
    const pipeline = this.redis.pipeline();
    for (const write of writes) append(pipeline, write);
    if (this.durability.replicas > 0) pipeline.call('WAIT', this.durability.replicas, this.durability.waitMs);
    const replies = await this.exec(pipeline);
    if (replies.some(([error]) => error?.message.startsWith('NOSCRIPT'))) await this.loadScripts();
    return { isDurable: this.isDurable(replies[writes.length]), replies };
  }

  private isDurable(wait: [Error | null, unknown] | undefined): boolean {
    if (this.durability.replicas === 0) return true;
    const isConfirmed = wait !== undefined && wait[0] === null && Number(wait[1]) >= this.durability.replicas;
    if (!isConfirmed) storeCounts.waitShortfalls += 1;
    return isConfirmed && this.isMasterTrusted();
  }

  /** Answers one write if its fate is known; false: send it again. */
  private answer(write: Write, reply: [Error | null, unknown] | undefined, isDurable: boolean): boolean {
    const error = reply === undefined ? new Error('no reply') : reply[0];
    if (error !== null) {
      const isReply = error.name === 'ReplyError' && !transientReplies.test(error.message);
      if (!isReply) return this.expire(write, unavailable(error));
      storeCounts.written.failed += 1;
      write.reject(
        new Error(`the store's script ${write.script} failed: ${error.message}`, { cause: error }),
      );
      return true;
    }
    // What a sweep hands out is a hint, and is not handed out again when it is asked for again.
    if (!isDurable && write.script !== 'sweep')
      return this.expire(write, notDurable(this.durability.replicas));
    storeCounts.written.ok += 1;
    write.resolve(reply?.[1]);
    return true;
  }

  private expire(write: Write, error: LuminaError): boolean {
    if (Date.now() < write.deadlineAtMs && !this.isClosed) return false;
    storeCounts.written[outcomeOf(error)] += 1;
    write.reject(error);
    return true;
  }

  private async loadScripts(): Promise<void> {
    const pipeline = this.redis.pipeline();
    for (const script of scripts.values()) pipeline.script('LOAD', script.source);
    await this.exec(pipeline);
  }

  /** Without re-sending, ioredis drops what was in flight when a connection breaks and never settles it: `close` does. */
  private exec(pipeline: ChainableCommander): Promise<readonly [Error | null, unknown][]> {
    return new Promise((resolve, reject) => {
      this.unanswered.add(reject);
      pipeline
        .exec()
        .then((replies) => resolve(replies ?? []), reject)
        .finally(() => this.unanswered.delete(reject));
    });
  }

  private fail(error: Error): void {
    for (const reject of this.unanswered) reject(error);
    this.unanswered.clear();
  }
}

const outcomeOf = ({ code }: LuminaError): WriteOutcome =>
  code === 'LUM_NOT_DURABLE' ? 'not_durable' : 'unavailable';

function append(pipeline: ChainableCommander, write: Write): void {
  const script = scripts.get(write.script);
  if (script === undefined) throw new Error(`no such script: ${write.script}`);
  pipeline.evalsha(script.sha, write.keys.length, ...write.keys, ...write.args);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function unavailable(cause: unknown): LuminaError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LuminaError('LUM_STORE_UNAVAILABLE', `The run store does not answer: ${reason}`, {
    cause,
    retryAfterMs: 1000,
  });
}

function notDurable(replicas: number): LuminaError {
  const message = `Fewer than ${replicas} Redis replicas confirmed the write, so it is not acknowledged`;
  return new LuminaError('LUM_NOT_DURABLE', message, { retryAfterMs: 1000 });
}
