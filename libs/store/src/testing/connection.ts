import { type ConnectionPurpose, connectRedis } from '@lumina/platform';
import type { Redis } from 'ioredis';

/** A connection as the services open it, once it is ready. */
export async function connected(port: number, purpose: ConnectionPurpose): Promise<Redis> {
  const target = { kind: 'url', url: `redis://127.0.0.1:${port}/0`, password: undefined } as const;
  const redis = connectRedis(target, purpose, () => {});
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', () => resolve(undefined)));
  return redis;
}
