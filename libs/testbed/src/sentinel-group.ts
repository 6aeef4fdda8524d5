import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './pause';
import { KeptProcess, commandLine } from './kept-process';
import { type Address, redisCommand, redisInfo } from './redis-command';
import { RedisNode } from './redis-node';
import type { Place } from './site';

export const masterName = 'testbed';

/** Where each of the six processes listens, and behind which command it is started (to put it into a network of its own). */
export interface GroupPlan {
  readonly folder: string;
  readonly nodes: readonly Place[];
  readonly sentinels: readonly Place[];
}

const inGroup = [
  'min-replicas-to-write 1',
  'min-replicas-max-lag 2',
  'repl-diskless-sync-delay 0',
  'repl-ping-replica-period 1',
];

/** A master, two replicas and three Sentinels, set up as production should be. The first node begins as master. */
export class SentinelGroup {
  readonly nodes: readonly RedisNode[];
  readonly sentinels: readonly KeptProcess[];

  constructor(private readonly plan: GroupPlan) {
    this.nodes = plan.nodes.map(
      (place, index) => new RedisNode(plan.folder, { ...place, index, settings: inGroup }),
    );
    this.sentinels = plan.sentinels.map((place, index) =>
      sentinelProcess(plan, { ...place, index }, this.nodes[0]?.address ?? place),
    );
  }

  get sentinelList(): string {
    return this.plan.sentinels.map(({ host, port }) => `${host}:${port}`).join(',');
  }

  get sentinelAddresses(): readonly Address[] {
    return this.plan.sentinels;
  }

  /** `snapshot`: what the first node begins with; nothing by default. */
  async start(snapshot?: string): Promise<void> {
    const [master, ...replicas] = this.nodes;
    if (snapshot === undefined) master?.start(undefined);
    else await master?.restore(snapshot);
    await master?.process.ready();
    for (const replica of replicas) replica.start(master?.address);
    await Promise.all(replicas.map((replica) => replica.process.ready()));
    for (const sentinel of this.sentinels) sentinel.start();
    await Promise.all(this.sentinels.map((sentinel) => sentinel.ready()));
    await this.whole(30_000);
  }

  async stop(): Promise<void> {
    const processes = [...this.sentinels, ...this.nodes.map(({ process }) => process)];
    await Promise.all(processes.map((process) => process.stop('SIGTERM', 2_000)));
  }

  /** The address by which a majority of the Sentinels knows the master now. */
  async masterAddress(): Promise<Address> {
    const asked = this.plan.sentinels.map(async (sentinel) => {
      const reply = await redisCommand(sentinel, 'SENTINEL', 'get-master-addr-by-name', masterName);
      const [host, port] = reply as [string, string];
      return `${host}:${port}`;
    });
    const told = (await Promise.allSettled(asked)).flatMap((answer) =>
      answer.status === 'fulfilled' ? [answer.value] : [],
    );
    const agreed = told.find((address) => told.filter((other) => other === address).length >= 2);
    if (agreed === undefined) throw new Error('the Sentinels do not agree on a master');
    const colon = agreed.lastIndexOf(':');
    return { host: agreed.slice(0, colon), port: Number(agreed.slice(colon + 1)) };
  }

  async master(): Promise<RedisNode> {
    const { host, port } = await this.masterAddress();
    const node = this.nodes.find(({ address }) => address.host === host && address.port === port);
    if (node === undefined)
      throw new Error(`the Sentinels name a master that is none of ours: ${host}:${port}`);
    return node;
  }

  /** Waits until the Sentinels name another master, and returns it. */
  async succession(old: RedisNode, timeoutMs: number): Promise<RedisNode> {
    await eventually(
      'the Sentinels promote a replica',
      async () => {
        const master = await this.master();
        return master !== old && (await master.role()) === 'master';
      },
      timeoutMs,
    );
    return this.master();
  }

  /** Waits until one master has two replicas in step, and the Sentinels know all of them. */
  async whole(timeoutMs: number): Promise<void> {
    await eventually(
      'the master has both replicas again',
      async () => {
        const master = await this.master();
        const info = await redisInfo(master.address, 'replication');
        const replicas = ['slave0', 'slave1'].map((name) => info.get(name) ?? '');
        const known = await Promise.all(this.plan.sentinels.map((sentinel) => healthyReplicas(sentinel)));
        return (
          info.get('role') === 'master' &&
          replicas.every((replica) => replica.includes('state=online')) &&
          known.every((count) => count === this.nodes.length - 1)
        );
      },
      timeoutMs,
    );
  }
}

function sentinelProcess(
  { folder }: GroupPlan,
  { host, port, prefix, index }: Place & { index: number },
  master: Address,
): KeptProcess {
  const own = join(folder, `sentinel-${index}`);
  mkdirSync(own, { recursive: true });
  const configFile = join(own, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    `bind ${host}`,
    'protected-mode no',
    `dir ${own}`,
    `sentinel monitor ${masterName} ${master.host} ${master.port} 2`,
    `sentinel down-after-milliseconds ${masterName} 1000`,
    `sentinel failover-timeout ${masterName} 2000`,
    `sentinel parallel-syncs ${masterName} 2`,
  ];
  writeFileSync(configFile, `${lines.join('\n')}\n`);
  return new KeptProcess({
    name: `sentinel-${index}`,
    ...commandLine([...prefix, 'redis-server', configFile, '--sentinel']),
    env: { PATH: process.env['PATH'] ?? '' },
    logFile: join(folder, `sentinel-${index}.log`),
    hasChannel: false,
    isReady: async () => String(await redisCommand({ host, port }, 'PING')) === 'PONG',
    restartAfterMs: undefined,
  });
}

async function healthyReplicas(sentinel: Address): Promise<number> {
  const reply = await redisCommand(sentinel, 'SENTINEL', 'replicas', masterName);
  const flags = (reply as readonly (readonly string[])[]).map(
    (fields) => fields[fields.indexOf('flags') + 1] ?? '',
  );
  return flags.filter((text) => !/down|disconnected/.test(text)).length;
}
