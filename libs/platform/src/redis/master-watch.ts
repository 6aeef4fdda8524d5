import { isIP } from 'node:net';
import { Redis } from 'ioredis';

export interface SentinelAddress {
  readonly host: string;
  readonly port: number;
}

export interface WatchedGroup {
  readonly sentinels: readonly SentinelAddress[];
  /** Name by which the Sentinels know the master. */
  readonly name: string;
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
}

/** What is watched of a connection: where it leads, and how it is broken. */
export interface WatchedSocket {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly destroyed: boolean;
  destroy(error?: Error): unknown;
  once(event: 'close', listener: () => void): unknown;
}

interface Doubt {
  /** `host:port` of the master that is to be replaced. */
  readonly master: string;
  readonly untilMs: number;
}

const lingerMs = 500;
/** A Sentinel that died in the middle of a failover must not be waited for. */
const longestDoubtMs = 10_000;

/**
 * Hears from the Sentinels what becomes of the master. Invariants:
 *
 * M1 One watch for all connections of a process to one group of servers; it is open while any of them is.
 * M2 A connection to the announced master is never broken; one to anything else is, at once, and its client asks the Sentinels again: an
 *    old master that hung, and woke up as a replica, would go on answering reads with what was, and take no writes.
 * M3 What is announced while a Sentinel cannot be reached is asked for when it can be.
 * M4 From the moment at which a Sentinel tries to put another in the master's place until it has done so or given up, the master is in
 *    doubt: it may be alive, wrongly given up, and a replica that still follows it will confirm what the next master never gets. The
 *    Sentinels say so at least one of their turns (100 ms) before they promote anything.
 * M5 Each Sentinel announces a new master in its own time. By then another may be replacing that one: an announcement ends the doubts
 *    about other masters alone.
 */
export class MasterWatch {
  private readonly sockets = new Set<WatchedSocket>();
  private readonly doubts = new Map<string, Doubt>();
  private listeners: readonly Redis[] = [];
  private lingering: NodeJS.Timeout | undefined;

  constructor(
    private readonly group: WatchedGroup,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  guard(socket: WatchedSocket): void {
    if (socket.destroyed) return;
    clearTimeout(this.lingering);
    this.sockets.add(socket);
    socket.once('close', () => this.release(socket));
    if (this.listeners.length === 0) this.listeners = this.group.sentinels.map((one) => this.listen(one));
  }

  get isOpen(): boolean {
    return this.listeners.length > 0;
  }

  /** M4: whether what the master and its replicas confirm now will stand. */
  get isTrusted(): boolean {
    return [...this.doubts.values()].every(({ untilMs }) => untilMs <= this.nowMs());
  }

  /** One message of one Sentinel. */
  heard(sentinel: string, event: string, text: string): void {
    const words = text.split(' ');
    if (event === '+switch-master') {
      const [name, , , host = '', port] = words;
      if (name !== this.group.name) return;
      this.announced(host, Number(port));
      this.settle(`${host}:${port}`);
      return;
    }
    const [kind, name, host, port] = words;
    if (kind !== 'master' || name !== this.group.name) return;
    if (event === '+try-failover') this.doubt(sentinel, `${host}:${port}`);
    else if (event.startsWith('-failover-abort')) this.doubts.delete(sentinel);
  }

  /** What a Sentinel knows of the master when it is asked: names and values in turn. */
  found(sentinel: string, fields: readonly string[]): void {
    const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
    if (field('flags').split(',').includes('failover_in_progress'))
      this.doubt(sentinel, `${field('ip')}:${field('port')}`);
  }

  private doubt(sentinel: string, master: string): void {
    this.doubts.set(sentinel, { master, untilMs: this.nowMs() + longestDoubtMs });
  }

  /** M5. */
  private settle(master: string): void {
    for (const [sentinel, doubt] of this.doubts) if (doubt.master !== master) this.doubts.delete(sentinel);
  }

  /** M2. `host` as the Sentinels announce it. */
  announced(host: string, port: number): void {
    for (const socket of [...this.sockets]) {
      const { remoteAddress, remotePort } = socket;
      // One that is being made has no address yet, and asks who the master is by itself.
      if (remoteAddress === undefined) continue;
      const isMaster = remotePort === port && bare(remoteAddress) === bare(host);
      if (!isMaster) socket.destroy(new Error('another Redis is the master now'));
    }
  }

  private release(socket: WatchedSocket): void {
    this.sockets.delete(socket);
    if (this.sockets.size > 0) return;
    // A connection that is made again comes back within this time.
    clearTimeout(this.lingering);
    this.lingering = setTimeout(() => {
      for (const listener of this.listeners) listener.disconnect();
      this.listeners = [];
      this.doubts.clear();
    }, lingerMs);
  }

  private listen({ host, port }: SentinelAddress): Redis {
    const { sentinelUsername, sentinelPassword } = this.group;
    const redis = new Redis({
      host,
      port,
      ...(sentinelUsername === undefined ? {} : { username: sentinelUsername }),
      ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }),
      connectTimeout: 2_000,
      keepAlive: 1_000,
      retryStrategy: () => 500,
      maxRetriesPerRequest: null,
      enableReadyCheck: false,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      replyMapping: 'legacy',
    });
    const sentinel = `${host}:${port}`;
    // A Sentinel that is away is tried again; the connections themselves report what matters.
    redis.on('error', () => undefined);
    redis.on('ready', () => void this.attend(redis, sentinel).catch(() => undefined));
    redis.on('message', (event: string, text: string) => this.heard(sentinel, event, text));
    redis.on('pmessage', (_pattern: string, event: string, text: string) =>
      this.heard(sentinel, event, text),
    );
    return redis;
  }

  /** M3. */
  private async attend(redis: Redis, sentinel: string): Promise<void> {
    const { name } = this.group;
    // Sent together, so that nothing can happen between the answers and the subscription.
    const [known, state] = await Promise.all([
      redis.call('SENTINEL', 'get-master-addr-by-name', name) as Promise<[string, string] | null>,
      redis.call('SENTINEL', 'MASTER', name).catch(() => []) as Promise<readonly string[]>,
      redis.subscribe('+switch-master', '+try-failover'),
      redis.psubscribe('-failover-abort-*'),
    ]);
    this.found(sentinel, state);
    // A name would not tell which of the open connections lead to it.
    if (known !== null && isIP(known[0]) !== 0) this.announced(known[0], Number(known[1]));
  }
}

/** IPv4 as it is, also where a socket shows it in the form of IPv6. */
const bare = (host: string): string => host.replace(/^::ffff:(?=\d+\.)/i, '');

const watches = new Map<string, MasterWatch>();

/** M1. */
export function masterWatch(group: WatchedGroup): MasterWatch {
  const key = JSON.stringify([group.name, group.sentinels.map(({ host, port }) => `${host}:${port}`)]);
  const known = watches.get(key) ?? new MasterWatch(group);
  watches.set(key, known);
  return known;
}
