import { Redis } from 'ioredis';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * One command on a connection of its own.
 *
 * @throws Error when nobody answers within two seconds
 */
export async function redisCommand({ host, port }: Address, ...words: readonly string[]): Promise<unknown> {
  const redis = new Redis({
    host,
    port,
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: 2_000,
    // Runs on after a connection that was refused, and would keep the process alive for so long.
    disconnectTimeout: 50,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    retryStrategy: () => null,
    replyMapping: 'legacy',
  });
  // Told by the command below.
  redis.on('error', () => undefined);
  try {
    const [name = '', ...args] = words;
    return await redis.call(name, ...args);
  } finally {
    redis.disconnect();
  }
}

/** The `name:value` lines of INFO. */
export async function redisInfo(address: Address, section: string): Promise<ReadonlyMap<string, string>> {
  const text = String(await redisCommand(address, 'INFO', section));
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const),
  );
}
