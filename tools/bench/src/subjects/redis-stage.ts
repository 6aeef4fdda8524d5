import {
  type Address,
  type KeptProcess,
  RedisNode,
  SentinelGroup,
  freePorts,
  masterName,
} from '@lumina/testbed';
import type { Watched } from '../accounts/proc-stat';
import { watchedOf } from './watched';

/** The Redis of a subject: one, or a master with two replicas and three Sentinels. */
export interface RedisStage {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Settings by which Lumina's services find it. */
  readonly env: Readonly<Record<string, string>>;
  readonly master: Address;
  readonly watched: readonly Watched[];
  readonly processes: readonly KeptProcess[];
}

const loopback = { host: '127.0.0.1', prefix: [] };

export async function singleRedis(folder: string): Promise<RedisStage> {
  const [port = 0] = await freePorts(1);
  const node = new RedisNode(folder, { ...loopback, port, index: 0, settings: [] });
  return {
    start: async () => {
      node.start(undefined);
      await node.process.ready();
    },
    stop: () => node.process.stop('SIGTERM', 5_000),
    env: { LUMINA_REDIS_URL: `redis://${node.address.host}:${port}/0`, LUMINA_DURABILITY: 'local' },
    master: node.address,
    processes: [node.process],
    get watched() {
      return watchedOf('redis', [node.process]);
    },
  };
}

export async function replicatedRedis(folder: string): Promise<RedisStage> {
  const places = (await freePorts(6)).map((port) => ({ ...loopback, port }));
  const group = new SentinelGroup({ folder, nodes: places.slice(0, 3), sentinels: places.slice(3) });
  const [master, ...replicas] = group.nodes as [RedisNode, ...RedisNode[]];
  const processes = (nodes: readonly RedisNode[]): readonly KeptProcess[] =>
    nodes.map(({ process }) => process);
  return {
    start: () => group.start(),
    stop: () => group.stop(),
    env: {
      LUMINA_REDIS_SENTINELS: group.sentinelList,
      LUMINA_REDIS_MASTER: masterName,
      LUMINA_DURABILITY: 'replicated',
    },
    master: master.address,
    processes: [...group.sentinels, ...processes(group.nodes)],
    get watched() {
      return [
        ...watchedOf('redis', processes([master])),
        ...watchedOf('redis-replica', processes(replicas)),
        ...watchedOf('sentinel', group.sentinels),
      ];
    },
  };
}
