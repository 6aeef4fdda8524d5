import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './house';

const run = promisify(execFile);

type Kind = 'redis' | 'sentinel';
const ports = { redis: 6379, sentinel: 26_379 } as const;
const masterName = 'lumina';

/**
 * Redis and Sentinels as charts/redis-sentinel starts them, outside of a cluster: its own scripts, a folder for each volume, an address
 * of the loopback network for each pod, and a file of names that only these processes see, in which addresses change.
 */
export class Pods {
  private readonly addresses = new Map<string, string>();
  private readonly processes = new Map<string, ChildProcess>();
  private readonly names: string;
  private readonly network = `127.${20 + (process.pid % 200)}.${20 + (Math.trunc(process.pid / 200) % 200)}`;
  private last = 9;

  constructor(private readonly folder: string) {
    const scripts = join(folder, 'scripts');
    cpSync(join(root, 'charts/redis-sentinel/files'), scripts, { recursive: true });
    for (const name of ['redis-start.sh', 'redis-stop.sh', 'sentinel-start.sh', 'probe.sh'])
      chmodSync(join(scripts, name), 0o755);
    const config = readFileSync(join(scripts, 'redis.conf'), 'utf8');
    writeFileSync(join(scripts, 'redis.conf'), `${config}\nmaxmemory 100mb\nmin-replicas-to-write 1\n`);
    writeFileSync(join(folder, 'password'), 'one-password');
    writeFileSync(join(folder, 'sentinel-password'), 'another-password');
    writeFileSync(join(folder, 'nsswitch.conf'), 'hosts: files\n');
    this.names = join(folder, 'hosts');
    for (const kind of ['redis', 'sentinel'] as const)
      for (const index of [0, 1, 2]) this.move(`${kind}-${index}`);
  }

  /** Gives a pod another address, as a restart in a cluster does. */
  move(pod: string): void {
    this.last += 1;
    this.addresses.set(pod, `${this.network}.${this.last}`);
    const lines = [...this.addresses].map(([name, address]) => `${address} ${name}.pods`);
    writeFileSync(this.names, `127.0.0.1 localhost\n${lines.join('\n')}\n`);
  }

  start(...pods: readonly string[]): void {
    for (const pod of pods) {
      mkdirSync(this.volume(pod), { recursive: true });
      const log = openSync(join(this.folder, `${pod}.log`), 'a');
      const [program = '', ...args] = this.inside(`${kindOf(pod)}-start.sh`);
      this.processes.set(
        pod,
        spawn(program, args, { env: this.environment(pod), stdio: ['ignore', log, log] }),
      );
    }
  }

  /** At once, as a node that is gone. */
  async kill(...pods: readonly string[]): Promise<void> {
    await Promise.all(
      pods.map(async (pod) => {
        const process = this.processes.get(pod);
        this.processes.delete(pod);
        if (process?.exitCode !== null || process.signalCode !== null) return;
        const gone = new Promise((resolve) => process.once('exit', resolve));
        process.kill('SIGKILL');
        await gone;
      }),
    );
  }

  /** What the chart does before it ends a Redis. */
  async preStop(pod: string): Promise<void> {
    const [program = '', ...args] = this.inside('redis-stop.sh');
    await run(program, args, { env: this.environment(pod), timeout: 30_000 });
  }

  wipe(pod: string): void {
    rmSync(this.volume(pod), { recursive: true });
  }

  /** Has a Redis write a snapshot, and copies it out of its volume, as a backup would. Returns where it is. */
  async snapshot(pod: string): Promise<string> {
    const copy = join(this.folder, 'backup.rdb');
    if ((await this.ask(pod, 'SAVE')) !== 'OK') throw new Error(`${pod} writes no snapshot`);
    cpSync(join(this.volume(pod), 'dump.rdb'), copy);
    return copy;
  }

  /** Puts a snapshot into an empty volume. */
  restore(pod: string, snapshot: string): void {
    mkdirSync(this.volume(pod), { recursive: true });
    cpSync(snapshot, join(this.volume(pod), 'dump.rdb'));
  }

  /** Redis' answer; undefined when nobody answers. */
  ask(pod: string, ...words: readonly string[]): Promise<string | undefined> {
    const password = kindOf(pod) === 'redis' ? 'one-password' : 'another-password';
    return this.say(pod, words, { REDISCLI_AUTH: password });
  }

  /** What somebody without a password is answered. */
  askWithout(pod: string): Promise<string | undefined> {
    return this.say(pod, ['PING'], {});
  }

  private async say(
    pod: string,
    words: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<string | undefined> {
    const at = ['-h', this.addresses.get(pod) ?? '', '-p', String(ports[kindOf(pod)])];
    try {
      const { stdout } = await run('redis-cli', [...at, ...words], {
        env: { PATH: process.env['PATH'] ?? '', ...env },
        timeout: 3_000,
      });
      return stdout.trim();
    } catch {
      return undefined;
    }
  }

  /** Pods that say of themselves that they are the master. */
  async masters(): Promise<readonly string[]> {
    const roles = await Promise.all(
      [0, 1, 2].map(async (index) => {
        const info = await this.ask(`redis-${index}`, 'INFO', 'replication');
        return info?.includes('role:master') === true ? [`redis-${index}`] : [];
      }),
    );
    return roles.flat();
  }

  /** The master that each Sentinel names, by its pod. */
  async named(): Promise<readonly string[]> {
    const words = ['SENTINEL', 'get-master-addr-by-name', masterName];
    const told = await Promise.all([0, 1, 2].map((index) => this.ask(`sentinel-${index}`, ...words)));
    return told.map((answer) => answer?.split('.')[0] ?? 'nobody');
  }

  /** How many replicas that are well each Sentinel knows. */
  async knownReplicas(): Promise<readonly number[]> {
    const told = await Promise.all(
      [0, 1, 2].map((index) => this.ask(`sentinel-${index}`, 'SENTINEL', 'replicas', masterName)),
    );
    return told.map((answer) => (answer?.match(/^flags\nslave$/gm) ?? []).length);
  }

  log(pod: string): string {
    return readFileSync(join(this.folder, `${pod}.log`), 'utf8');
  }

  private volume(pod: string): string {
    return join(this.folder, 'volumes', pod);
  }

  /** A script of the chart, behind the names that only these pods know. */
  private inside(script: string): readonly string[] {
    const own = [this.names, '/etc/hosts', join(this.folder, 'nsswitch.conf'), '/etc/nsswitch.conf'];
    const [names = '', hosts = '', order = '', nsswitch = ''] = own;
    const view = ['--dev-bind', '/', '/', '--bind', names, hosts, '--ro-bind', order, nsswitch];
    return ['bwrap', '--die-with-parent', ...view, join(this.folder, 'scripts', script)];
  }

  private environment(pod: string): Record<string, string> {
    const all = (kind: Kind): string =>
      [0, 1, 2].map((index) => `${kind}-${index}.pods:${ports[kind]}`).join(' ');
    return {
      PATH: process.env['PATH'] ?? '',
      OWN_HOST: `${pod}.pods`,
      BIND: this.addresses.get(pod) ?? '',
      DATA: this.volume(pod),
      MASTER_NAME: masterName,
      SENTINELS: all('sentinel'),
      NODES: all('redis'),
      PASSWORD_FILE: join(this.folder, 'password'),
      SENTINEL_PASSWORD_FILE: join(this.folder, 'sentinel-password'),
      ...{ TAKEOVER_SECONDS: '15', COLD_SECONDS: '3', DOWN_AFTER_MS: '1000', FAILOVER_TIMEOUT_MS: '2000' },
    };
  }
}

const kindOf = (pod: string): Kind => (pod.startsWith('redis') ? 'redis' : 'sentinel');
