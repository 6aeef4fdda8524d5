import { type RedisNumbers, redisFaults, redisNumbers, redisSummary } from './redis-info';
import type { Probe } from './probe';

/** What the probe needs of a connection. */
export interface ProbedRedis {
  readonly status: string;
  ping(): Promise<string>;
  info(): Promise<string>;
}

export interface RedisProbeOptions {
  /** Replicas that must hold a write before it is acknowledged. */
  readonly replicas: number;
  /** What the connection complained of last. */
  readonly lastFault: () => string | undefined;
  /** Told the numbers of each look; undefined when there are none. */
  readonly onLook?: (numbers: RedisNumbers | undefined) => void;
}

/** One round trip, and whether Redis says that it can keep what it is given. */
export function redisProbe(
  redis: ProbedRedis,
  { replicas, lastFault, onLook = () => undefined }: RedisProbeOptions,
): Probe {
  return {
    name: 'redis',
    isCritical: true,
    run: async () => {
      // Asking would only queue behind the reconnection.
      if (redis.status !== 'ready') {
        onLook(undefined);
        return { isHealthy: false, detail: `not connected (${lastFault() ?? redis.status})` };
      }
      const startedAtMs = performance.now();
      await redis.ping();
      const roundTripMs = performance.now() - startedAtMs;
      const info = await redis.info();
      onLook(redisNumbers(info));
      const faults = redisFaults(info, replicas);
      if (faults.length > 0) return { isHealthy: false, detail: faults.join('; ') };
      return { isHealthy: true, detail: `${redisSummary(info)}, PING ${roundTripMs.toFixed(1)} ms` };
    },
  };
}
