import type { RedisTarget } from '@lumina/platform';
import { Redis } from 'ioredis';

export type SentinelTarget = Extract<RedisTarget, { kind: 'sentinel' }>;

interface Address {
  readonly host: string;
  readonly port: number;
}

/** What the Sentinels say, and what the servers that they know say of themselves. */
export interface SentinelSurvey {
  readonly sentinels: number;
  /** Sentinels that answered. */
  readonly reachable: number;
  /** The masters that they name, each once; more than one: they disagree. */
  readonly named: readonly string[];
  /** Sentinels that say that enough of them could carry out a failover. */
  readonly withQuorum: number;
  /** Servers that say of themselves that they are the master. */
  readonly masters: readonly string[];
  /** Replicas that the Sentinels know, and those of them that are not down. */
  readonly replicas: { readonly known: number; readonly up: number };
}

const answerMs = 1_000;

/** Asks every Sentinel by itself: a client that asks the first one that answers never sees that they disagree. */
export async function surveySentinels(target: SentinelTarget): Promise<SentinelSurvey> {
  const { sentinels, master, sentinelPassword, password } = target;
  const views = (await Promise.all(sentinels.map((one) => viewOf(one, master, sentinelPassword)))).filter(
    (view) => view !== undefined,
  );
  const named = [
    ...new Set(views.flatMap((view) => (view.master === undefined ? [] : [nameOf(view.master)]))),
  ];
  const widest = views.reduce<readonly KnownReplica[]>(
    (most, { replicas }) => (replicas.length > most.length ? replicas : most),
    [],
  );
  const nodes = new Map(
    views
      .flatMap((view) => [...(view.master === undefined ? [] : [view.master]), ...view.replicas])
      .map((node) => [nameOf(node), node] as const),
  );
  const roles = await Promise.all(
    [...nodes].map(async ([name, node]) => [name, await roleOf(node, password)] as const),
  );
  return {
    sentinels: sentinels.length,
    reachable: views.length,
    named,
    withQuorum: views.filter(({ hasQuorum }) => hasQuorum).length,
    masters: roles.filter(([, role]) => role === 'master').map(([name]) => name),
    replicas: { known: widest.length, up: widest.filter(({ isUp }) => isUp).length },
  };
}

interface KnownReplica extends Address {
  readonly isUp: boolean;
}

interface View {
  readonly master: Address | undefined;
  readonly replicas: readonly KnownReplica[];
  readonly hasQuorum: boolean;
}

/** Undefined: this Sentinel does not answer. */
function viewOf(sentinel: Address, master: string, password: string | undefined): Promise<View | undefined> {
  return asking(sentinel, password, async (redis) => {
    const known = (await redis.call('SENTINEL', 'get-master-addr-by-name', master)) as
      [string, string] | null;
    const hasQuorum = await redis.call('SENTINEL', 'ckquorum', master).then(
      () => true,
      () => false,
    );
    const replicas = known === null ? [] : ((await redis.call('SENTINEL', 'replicas', master)) as string[][]);
    return {
      master: known === null ? undefined : { host: known[0], port: Number(known[1]) },
      replicas: replicas.map(replicaOf),
      hasQuorum,
    };
  });
}

function replicaOf(fields: readonly string[]): KnownReplica {
  const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
  return {
    host: field('ip'),
    port: Number(field('port')),
    isUp: !/down|disconnected/.test(field('flags')),
  };
}

const roleOf = (node: Address, password: string | undefined): Promise<string | undefined> =>
  asking(node, password, async (redis) => String(((await redis.call('ROLE')) as readonly unknown[])[0]));

const nameOf = ({ host, port }: Address): string => `${host}:${port}`;

/** Asks on a connection of its own. Undefined: there was no answer in time. */
async function asking<Answer>(
  { host, port }: Address,
  password: string | undefined,
  ask: (redis: Redis) => Promise<Answer>,
): Promise<Answer | undefined> {
  const redis = new Redis({
    ...{ host, port, lazyConnect: true, connectTimeout: answerMs, commandTimeout: answerMs },
    ...{ maxRetriesPerRequest: 0, enableReadyCheck: false, retryStrategy: () => null, disconnectTimeout: 50 },
    ...(password === undefined ? {} : { password }),
    replyMapping: 'legacy',
  });
  // Told by the question below.
  redis.on('error', () => undefined);
  try {
    return await ask(redis);
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}
