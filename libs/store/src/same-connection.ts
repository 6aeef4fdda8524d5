import type { Redis } from 'ioredis';

/**
 * Remembers the connection of now; the answer says whether it has stood ever since. After a break the client library may have
 * connected to another master.
 */
export function sameConnection(redis: Pick<Redis, 'stream'>): () => boolean {
  const { stream } = redis;
  return () => redis.stream === stream && !stream.destroyed;
}
