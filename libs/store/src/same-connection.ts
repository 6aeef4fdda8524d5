/** Of an ioredis client; there is no stream before it has connected. */
interface Connection {
  readonly stream?: { readonly destroyed: boolean } | undefined;
}

/**
 * Remembers the connection of now; the answer says whether it has stood ever since. After a break the client library may have
 * connected to another master.
 */
export function sameConnection(redis: Connection): () => boolean {
  const { stream } = redis;
  return () => redis.stream === stream && stream?.destroyed !== true;
}
