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

const lingerMs = 500;

/**
 * Hears from the Sentinels that there is a new master, and breaks every connection of this process that still leads to another: an old
 * master that hung, and woke up as a replica, would go on answering reads with what was, and take no writes. Invariants:
 *
 * M1 One watch for all connections of a process to one group of servers; it is open while any of them is.
 * M2 A connection to the announced master is never broken; one to anything else is, at once, and its client asks the Sentinels again.
 * M3 What is announced while a Sentinel cannot be reached is asked for when it can be.
 */
export class MasterWatch {
  private readonly sockets = new Set<WatchedSocket>();
  private listeners: readonly Redis[] = [];
  private lingering: NodeJS.Timeout | undefined;

  constructor(private readonly group: WatchedGroup) {}

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
    // A Sentinel that is away is tried again; the connections themselves report what matters.
    redis.on('error', () => undefined);
    redis.on('ready', () => void this.attend(redis).catch(() => undefined));
    redis.on('message', (_channel: string, text: string) => {
      const [name, , , newHost = '', newPort] = text.split(' ');
      if (name === this.group.name) this.announced(newHost, Number(newPort));
    });
    return redis;
  }

  /** M3. */
  private async attend(redis: Redis): Promise<void> {
    const known = (await redis.call('SENTINEL', 'get-master-addr-by-name', this.group.name)) as
      [string, string] | null;
    await redis.subscribe('+switch-master');
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
