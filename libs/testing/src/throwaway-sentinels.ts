import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually';
import { type ThrowawayRedis, freePort, startRedis } from './throwaway-redis';

export interface ThrowawaySentinels {
  /** Name by which the Sentinels know the master. */
  readonly master: string;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** The first began as master. */
  readonly nodes: readonly ThrowawayRedis[];
  stop(): Promise<void>;
}

const name = 'throwaway';

/**
 * A master, two replicas and three Sentinels on the loopback interface, for one test file.
 *
 * @throws Error when redis-server is missing or they do not find each other within ten seconds
 */
export async function startSentinels(): Promise<ThrowawaySentinels> {
  const master = await startRedis();
  const replicaOf = ['--replicaof', '127.0.0.1', String(master.port), '--repl-diskless-sync-delay', '0'];
  const nodes = [master, ...(await Promise.all([startRedis(replicaOf), startRedis(replicaOf)]))];
  const started = await Promise.all([1, 2, 3].map(() => startSentinel(master.port)));
  const stop = async (): Promise<void> => {
    await Promise.all([...started, ...nodes].map((process) => process.stop()));
  };
  try {
    await Promise.all(started.map(({ heard }) => eventually('a Sentinel knows all', heard)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { master: name, sentinels: started.map(({ port }) => ({ host: '127.0.0.1', port })), nodes, stop };
}

interface Sentinel {
  readonly port: number;
  /** Whether it has met two replicas and two Sentinels. */
  readonly heard: () => boolean;
  stop(): Promise<void>;
}

async function startSentinel(masterPort: number): Promise<Sentinel> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'lumina-sentinel-'));
  const configFile = join(directory, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${directory}`,
    `sentinel monitor ${name} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${name} 1000`,
    `sentinel failover-timeout ${name} 2000`,
  ];
  await writeFile(configFile, `${lines.join('\n')}\n`);
  const server = spawn('redis-server', [configFile, '--sentinel'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let log = '';
  server.stdout.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const met = (event: string): number => new Set(log.match(new RegExp(`\\${event} \\S+ \\S+`, 'g'))).size;
  return {
    port,
    heard: () => met('+slave slave') >= 2 && met('+sentinel sentinel') >= 2,
    stop: async () => {
      await ended(server);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGKILL');
  });
}
