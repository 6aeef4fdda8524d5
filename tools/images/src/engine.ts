import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeptProcess, commandLine } from '@lumina/testbed';
import { CannotBuild } from './command-line';
import { type ProgramOptions, output } from './program';

const startMs = 60_000;
const stopMs = 30_000;

/** Debian's own programs first: its client builds with BuildKit without a plug-in. */
export const searchPath = `/usr/bin:/usr/sbin:/bin:/sbin:${process.env['PATH'] ?? ''}`;

/** A Docker engine: one that runs, or one of its own with its data, socket and process number in one folder. */
export class Engine {
  private constructor(
    readonly url: string,
    private readonly daemon: KeptProcess | undefined,
    private readonly folder = '',
  ) {}

  static async at(url: string): Promise<Engine> {
    const engine = new Engine(url, undefined);
    await engine.docker(['version']);
    return engine;
  }

  /** Without a bridge and without a rule in the host's firewall: containers have the host's network, or none. */
  static async start(folder: string): Promise<Engine> {
    if (process.getuid?.() !== 0) throw new CannotBuild('starting a Docker engine takes root');
    await output('dockerd', ['--version'], { env: { PATH: searchPath } }).catch(() => {
      throw new CannotBuild('there is no dockerd (Debian: apt-get install docker.io containerd debootstrap)');
    });
    const at = (name: string): string => join(folder, name);
    mkdirSync(folder, { recursive: true });
    const url = `unix://${at('docker.sock')}`;
    const places = ['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('docker.pid')];
    const network = ['--bridge=none', '--iptables=false', '--ip6tables=false'];
    const daemon = new KeptProcess({
      name: 'dockerd',
      ...commandLine(['dockerd', '--host', url, ...places, ...network]),
      env: { PATH: searchPath },
      logFile: at('dockerd.log'),
      hasChannel: false,
      isReady: async () => (await new Engine(url, undefined).docker(['version'])) !== '',
      restartAfterMs: undefined,
    });
    daemon.start();
    await daemon.ready(startMs);
    return new Engine(url, daemon, folder);
  }

  /** What the client says on stdout. */
  docker(args: readonly string[], options: ProgramOptions = {}): Promise<string> {
    return output('docker', ['--host', this.url, ...args], {
      ...options,
      env: { PATH: searchPath, DOCKER_BUILDKIT: '1', ...options.env },
    });
  }

  async stop(): Promise<void> {
    if (this.daemon === undefined) return;
    await this.daemon.stop('SIGTERM', stopMs);
    // It leaves the mount of a network namespace behind, and a folder with a mount cannot be removed.
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    const own = mounts
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.startsWith(`${this.folder}/`));
    for (const path of own.toReversed()) await output('umount', [path]);
  }
}
