import { execFile } from 'node:child_process';
import { cp, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { scratchFolder } from '../scratch-folder';

const run = promisify(execFile);

/** What the sandbox shows besides /usr and the workspace: a few files of /etc, and devices. */
export interface Skeleton {
  readonly etc: string;
  /** By name below /dev, the path on the host. */
  readonly devices: Readonly<Record<string, string>>;
  /** Whether the devices belong to the user that the sandboxed programs are: they could change the modes of the host's own. */
  readonly areDevicesOwned: boolean;
  /** Where a file of that name would lie; for one that is gone before anybody else could read it. */
  pathOf(name: string): string;
  /** Writes a file of the tier's own, for example a filter, and answers its path. */
  write(name: string, content: Uint8Array): Promise<string>;
  remove(): Promise<void>;
}

const files = {
  passwd: 'sandbox:x:1000:1000::/tmp:/usr/sbin/nologin\n',
  group: 'sandbox:x:1000:\n',
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
} as const;

const numbers = { null: 3, zero: 5, full: 7, random: 8, urandom: 9 } as const;
const names = Object.keys(numbers) as readonly (keyof typeof numbers)[];
const hostDevices = Object.fromEntries(names.map((name) => [name, join('/dev', name)]));

/** Nobody's: whoever is root outside is the owner of root's files inside, and an owner may change modes. */
const nobody = '65534';

export async function makeSkeleton(isRoot: boolean): Promise<Skeleton> {
  const folder = await scratchFolder();
  const etc = join(folder, 'etc');
  // Where certificates are shown to programs that have a proxy.
  await mkdir(join(etc, 'ssl/certs'), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(etc, name), text, { mode: 0o644 });
  for (const name of ['ld.so.cache', 'alternatives'])
    await cp(join('/etc', name), join(etc, name), { recursive: true, verbatimSymlinks: true }).catch(
      () => undefined, // not every system has them
    );
  const own = isRoot ? await ownDevices(folder) : undefined;
  return {
    etc,
    devices: own ?? hostDevices,
    areDevicesOwned: isRoot && own === undefined,
    pathOf: (name) => join(folder, name),
    async write(name, content) {
      const path = join(folder, name);
      await writeFile(path, content, { mode: 0o600 });
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Undefined where none can be made, or none that can be opened (file systems without devices). */
async function ownDevices(folder: string): Promise<Readonly<Record<string, string>> | undefined> {
  const dev = join(folder, 'dev');
  await mkdir(dev);
  try {
    for (const name of names)
      await run('mknod', ['-m', '666', join(dev, name), 'c', '1', String(numbers[name])]);
    await run('chown', [`${nobody}:${nobody}`, ...names.map((name) => join(dev, name))]);
    await (await open(join(dev, 'null'), 'r+')).close();
  } catch {
    return undefined;
  }
  return Object.fromEntries(names.map((name) => [name, join(dev, name)]));
}
