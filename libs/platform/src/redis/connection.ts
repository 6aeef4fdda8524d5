import { Redis, type RedisOptions } from 'ioredis';
import { masterWatch } from './master-watch';
import type { RedisTarget } from './target';
import { WatchedConnector } from './watched-connector';

/**
 * What a connection is for decides how it behaves when Redis goes away:
 *
 *   write  the run store's scripts: nothing is queued or re-sent by the client library, for the store re-sends whole batches
 *          with their WAIT (see DurableWriter)
 *   read   a request waits for the answer: fails within seconds rather than hang
 *   block  one blocking reader: waits for Redis as long as it takes
 *   queue  BullMQ: waits for Redis as long as it takes
 */
export type ConnectionPurpose = 'write' | 'read' | 'block' | 'queue';

const failover = /^(READONLY|LOADING|MASTERDOWN)\b/;

// Measured over master kills: quick and flat retries; a socket time-out, without which a hung master holds its clients for
// as long as it hangs. It must be longer than any blocking read (2 s).
const common: RedisOptions = {
  retryStrategy: () => 100,
  sentinelRetryStrategy: () => 20,
  sentinelReconnectStrategy: () => 500,
  connectTimeout: 2_000,
  socketTimeout: 3_500,
  keepAlive: 1_000,
  maxRetriesPerRequest: null,
  enableReadyCheck: true,
};

const byPurpose: Readonly<Record<ConnectionPurpose, RedisOptions>> = {
  write: {
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    reconnectOnError: (error) => (failover.test(error.message) ? 1 : false),
  },
  read: { maxRetriesPerRequest: 20, reconnectOnError: (error) => (failover.test(error.message) ? 2 : false) },
  block: { reconnectOnError: (error) => (failover.test(error.message) ? 2 : false) },
  queue: { reconnectOnError: (error) => (failover.test(error.message) ? 2 : false) },
};

export function redisOptions(target: RedisTarget, purpose: ConnectionPurpose): RedisOptions {
  return { ...common, ...byPurpose[purpose], ...addressOf(target) };
}

function addressOf(target: RedisTarget): RedisOptions {
  if (target.kind === 'sentinel') {
    return {
      Connector: WatchedConnector,
      sentinels: [...target.sentinels],
      name: target.master,
      ...(target.password === undefined ? {} : { password: target.password }),
      ...(target.sentinelPassword === undefined ? {} : { sentinelPassword: target.sentinelPassword }),
    };
  }
  const { protocol, hostname, port, username, password, pathname } = new URL(target.url);
  const secret = target.password ?? decodeURIComponent(password);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    db: Number(pathname.slice(1) || 0),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(secret === '' ? {} : { password: secret }),
    ...(protocol === 'rediss:' ? { tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const } } : {}),
  };
}

/**
 * Opens a connection. Errors of the connection itself only mean that it is being made again; `onError` is told, so that
 * they can be counted and logged.
 */
export function connectRedis(
  target: RedisTarget,
  purpose: ConnectionPurpose,
  onError: (error: Error) => void,
): Redis {
  const redis = new Redis({ ...redisOptions(target, purpose), replyMapping: 'legacy' });
  redis.on('error', onError);
  return redis;
}

/**
 * Answers whether what the master confirms now will stand: not while the Sentinels are putting another in its place. Without Sentinels
 * there is no other.
 */
export function masterTrust(target: RedisTarget): () => boolean {
  if (target.kind === 'url') return () => true;
  const { sentinels, master: name, sentinelPassword } = target;
  const watch = masterWatch({ sentinels, name, sentinelPassword });
  return () => watch.isTrusted;
}
