import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { join, posix } from 'node:path';
import { baseEnvironment } from '../environment';
import type { SandboxSpec } from '../sandbox';
import { below, stations } from '../workspace-path';
import { proxyEnvironment } from './forwarder';
import type { Skeleton } from './skeleton';

export const workspaceInside = '/workspace';
export const proxyInside = '/run/proxy.sock';

const certificates = '/etc/ssl/certs';
const temporaryBytes = 64 * 1024 ** 2;
const sharedBytes = 16 * 1024 ** 2;

const namespaces = ['user', 'pid', 'net', 'ipc', 'uts', 'cgroup'].map((name) => `--unshare-${name}`);

const linkedFolders = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** /usr, and what the system keeps beside it or links into it. */
const system = (): readonly string[] => [
  ...['--ro-bind', '/usr', '/usr'],
  ...linkedFolders.flatMap((folder) => {
    if (!existsSync(folder)) return [];
    return lstatSync(folder).isSymbolicLink()
      ? ['--symlink', readlinkSync(folder), folder]
      : ['--ro-bind', folder, folder];
  }),
];

const devices = (skeleton: Skeleton): readonly string[] => [
  ...['--tmpfs', '/dev'],
  ...Object.entries(skeleton.devices).flatMap(([name, path]) => ['--dev-bind', path, join('/dev', name)]),
  ...['--size', String(sharedBytes), '--tmpfs', '/dev/shm'],
  ...['--remount-ro', '/dev'],
];

/**
 * The workspace, with emptiness where something is sealed. The folders on the way there become mounts of their own, which cannot be
 * renamed: what is sealed cannot be moved out from under its seal.
 */
function workspaceMounts({ path, sealed = [] }: SandboxSpec['workspace']): readonly string[] {
  const seals = sealed.flatMap((folder) => {
    const inside = existsSync(folder) ? below(path, folder) : undefined;
    if (inside === undefined) return [];
    const way = stations(inside).slice(0, -1);
    const at = posix.join(workspaceInside, inside);
    return [
      ...way.flatMap((station) => ['--bind', join(path, station), posix.join(workspaceInside, station)]),
      ...['--size', '4096', '--tmpfs', at, '--remount-ro', at],
    ];
  });
  return ['--bind', path, workspaceInside, ...seals];
}

const settingOf = (environment: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]);

/**
 * Arguments that other users of the host shall not read from the list of processes: the variables of a program that is talked to may
 * be its keys.
 */
export const secretArguments = ({ dialogue, env = {} }: SandboxSpec): readonly string[] =>
  dialogue === undefined ? [] : settingOf(env);

/** The socket, and what verifies certificates: whoever has no network needs none. */
const proxyMounts = (network: SandboxSpec['network']): readonly string[] =>
  network?.kind === 'proxy'
    ? ['--ro-bind', network.socketPath, proxyInside, '--ro-bind-try', certificates, certificates]
    : [];

const outsideUsr = (path: string): boolean => below('/usr', path) === undefined;

/**
 * What bubblewrap is told, up to the program. Later mounts lie on earlier ones, so the order matters: the root is made
 * read-only last.
 */
export function bubblewrapArguments(spec: SandboxSpec, skeleton: Skeleton): readonly string[] {
  const { network, runtimes = [], cwd = '', env = {} } = spec;
  const base = { ...baseEnvironment('/tmp'), ...(network?.kind === 'proxy' ? proxyEnvironment : {}) };
  return [
    ...namespaces,
    ...['--uid', '1000', '--gid', '1000', '--hostname', 'sandbox', '--cap-drop', 'ALL'],
    ...['--die-with-parent', '--new-session', '--clearenv'],
    ...system(),
    ...['--ro-bind', skeleton.etc, '/etc'],
    ...devices(skeleton),
    ...['--size', String(temporaryBytes), '--tmpfs', '/tmp'],
    ...runtimes.filter(outsideUsr).flatMap((path) => ['--ro-bind', path, path]),
    ...workspaceMounts(spec.workspace),
    ...proxyMounts(network),
    ...['--remount-ro', '/'],
    ...settingOf(spec.dialogue === undefined ? { ...base, ...env } : base),
    ...['--chdir', posix.join(workspaceInside, posix.normalize(`/${cwd}`))],
  ];
}
