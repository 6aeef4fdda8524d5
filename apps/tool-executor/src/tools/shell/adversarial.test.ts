import { type ChildProcess, execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type OpenSandbox, type SandboxSpec, defaultLimits, openSandbox, programPath } from '@lumina/sandbox';
import { runTool } from '../../tool';
import { type ScratchWorkspace, canary, scratchWorkspace } from '../../workspace/scratch-workspace';
import { shellTool } from '../shell';
import { checkCommand } from './shell-command';
import { programPolicies } from './policies';
import { injections } from './testing/injections';
import type { Trick } from './testing/trick';
import { allTricks } from './testing/tricks';

const programs = programPolicies.map(({ name }) => name);
const rules = { programs, grants: { scripts: false } };
const never = new AbortController().signal;

let sandbox: OpenSandbox;
beforeAll(async () => {
  const search = await openSandbox('auto');
  if (search.sandbox === undefined) throw new Error(`no sandbox here: ${JSON.stringify(search.faults)}`);
  sandbox = search.sandbox;
});
afterAll(() => sandbox.close());

describe(`${injections.length} attempts to inject a command`, () => {
  let scratch: ScratchWorkspace;
  /** What the sandbox was really asked to start. */
  let started: SandboxSpec[];
  beforeEach(async () => {
    scratch = await scratchWorkspace();
    await scratch.write('a.txt', 'hello\n');
    started = [];
  });
  afterEach(() => scratch.remove());

  /** Where in a call the words may stand. */
  const carriers: readonly ((words: string) => Record<string, unknown>)[] = [
    (words) => ({ argv: ['echo', words] }),
    (words) => ({ argv: ['ls', words] }),
    (words) => ({ argv: ['cat', 'a.txt', words] }),
    (words) => ({ argv: ['grep', '-e', words, 'a.txt'] }),
    (words) => ({ argv: ['grep', 'hello', `--include=${words}`, 'a.txt'] }),
    (words) => ({ argv: ['find', '.', '-name', words] }),
    (words) => ({ argv: ['find', words] }),
    (words) => ({ argv: ['git', 'log', `--grep=${words}`] }),
    (words) => ({ argv: ['which', words] }),
    (words) => ({ argv: [words] }),
    (words) => ({ argv: ['echo', 'x'], cwd: words }),
  ];

  const recording = (): OpenSandbox => ({
    tier: sandbox.tier,
    hasProxy: sandbox.hasProxy,
    close: () => Promise.resolve(),
    run: (spec, signal) => {
      started.push(spec);
      return sandbox.run(spec, signal);
    },
  });

  it('all start nothing but the program that was named', async () => {
    expect(injections.length).toBeGreaterThanOrEqual(400);
    const options = { sandbox: recording(), limits: defaultLimits, ...rules, onRefusal: () => undefined };
    const tool = shellTool(options);
    const context = { workspace: scratch.workspace, signal: never, idempotencyKey: 'k' };
    for (const [index, words] of injections.entries()) {
      const args = carriers[index % carriers.length]?.(words) ?? {};
      const before = started.length;
      await runTool(tool, args, context);
      const [spec, ...more] = started.slice(before);
      const [named, ...given] = args['argv'] as string[];
      expect(more).toEqual([]);
      if (spec === undefined) continue;
      expect(spec.argv[0]).toBe(programPath(named ?? ''));
      // The words arrive as one word, whatever is in them.
      const arrived = spec.argv.slice(1).join('\u0001').includes(words);
      expect(arrived || !given.some((word) => word.includes(words))).toBe(true);
    }
    expect(started.length).toBeGreaterThan(200);
    expect((await readdir(scratch.root)).sort()).toEqual(['a.txt']);
    expect(await readdir(dirname(scratch.canaryFile))).toEqual(['canary.txt']);
  }, 120_000);

  it('mostly work where there is a shell', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lumina-injection-'));
    // One small process starts them all: a test's own is so large that starting from it takes a tenth of a second.
    const each = `
      worked=0
      for words in "$@"; do
        timeout 5 bash -c "echo $words" </dev/null >/dev/null 2>&1
        if [ -e pwned ]; then worked=$((worked + 1)); rm -rf pwned; fi
      done
      echo "$worked"`;
    const { stdout } = spawnSync('/bin/bash', ['-c', each, 'bash', ...injections], {
      cwd: folder,
      encoding: 'utf8',
    });
    const worked = Number(stdout);
    await rm(folder, { recursive: true, force: true });
    expect(worked).toBeGreaterThan(injections.length / 2);
  }, 120_000);
});

/** What is quick, asks nothing of other machines and leaves nothing running: for trying without protection. */
const isControl = ([name = '', ...args]: readonly string[]): boolean =>
  ['find', 'cat', 'ls', 'grep', 'git', 'python'].includes(name) &&
  !args.some((arg) => /pip|http\.server|webbrowser|smtpd|daemon|instaweb|send-email|^-m$/.test(arg));

interface Ground {
  readonly workspace: string;
  readonly outside: string;
  readonly port: number;
}

describe(`${allTricks.length} tricks with allowed programs`, () => {
  let folder: string;
  let listener: Server;
  let connections: number;
  beforeEach(async () => {
    connections = 0;
    listener = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    folder = await realpath(await mkdtemp(join(tmpdir(), 'lumina-tricks-')));
  });
  afterEach(async () => {
    listener.close();
    await rm(folder, { recursive: true, force: true });
  });

  const filled = ({ argv }: Trick, ground: Ground): readonly string[] =>
    argv.map((word) =>
      word
        .replaceAll('CANARY-', '\u0001')
        .replaceAll('CANARY', join(ground.outside, 'canary.txt'))
        .replaceAll('OUT', ground.outside)
        .replaceAll('PORT', String(ground.port))
        .replaceAll('\u0001', 'CANARY-'),
    );

  async function layOut(name: string): Promise<Ground> {
    const [workspace, outside] = [join(folder, name, 'workspace'), join(folder, name, 'outside')];
    const { port } = listener.address() as AddressInfo;
    await mkdir(join(workspace, 'hooks'), { recursive: true });
    await mkdir(outside);
    const script = `#!/bin/sh\ntouch ${outside}/made\n`;
    const file = join(outside, 'canary.txt');
    const files: Readonly<Record<string, string>> = {
      ...{ 'a.txt': 'hello\n', 'a.json': '{}', 'a.py': 'print(1)\n', 'a.js': '1\n' },
      'hooks/pre-commit': script,
      attributes: '* filter=x\n',
      '.gitattributes': 'filtered.txt filter=evil\n',
      'filtered.txt': 'x\n',
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        scripts: { evil: `touch ${outside}/made` },
      }),
      'reads.py': `print(open(${JSON.stringify(file)}).read())\n`,
      'writes.py': `open(${JSON.stringify(join(outside, 'made'))}, "w")\n`,
      'runs.py': `import subprocess; subprocess.run(["touch", ${JSON.stringify(join(outside, 'made'))}])\n`,
      'connects.py': `import socket; socket.create_connection(("127.0.0.1", ${port}))\n`,
    };
    for (const [path, text] of Object.entries(files)) await writeFile(join(workspace, path), text);
    await chmod(join(workspace, 'hooks/pre-commit'), 0o755);
    await writeFile(file, canary);
    await writeFile(join(outside, 'tool'), script, { mode: 0o755 });
    await symlink(file, join(workspace, 'way-out'));
    await symlink(outside, join(workspace, 'folder-out'));
    const git = (...args: string[]) =>
      spawnSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', ...args], { cwd: workspace });
    git('init', '-q', '-b', 'main');
    git('add', 'a.txt');
    git('commit', '-q', '-m', 'one');
    await writeFile(join(workspace, 'a.txt'), 'hello again\n');
    git('commit', '-q', '-a', '-m', 'two');
    git('config', 'filter.evil.clean', `touch ${outside}/made;`);
    return { workspace, outside, port };
  }

  /** Whether the aim was reached: what is outside came out, changed, was added to, or was connected to. */
  async function hasSucceeded(ground: Ground, output: string): Promise<boolean> {
    const names = (await readdir(ground.outside).catch(() => [])).sort();
    const text = await readFile(join(ground.outside, 'canary.txt'), 'utf8').catch(() => '');
    const isShown =
      output.includes(canary) || (/(^|[\s/])tool\b/m.test(output) && output.includes('canary.txt'));
    const hasConnected = connections > 0;
    connections = 0;
    return names.join() !== 'canary.txt,tool' || text !== canary || isShown || hasConnected;
  }

  const executable = (name: string): string | undefined => programPath(name === 'python' ? 'python3' : name);

  it('are refused by the policies alone, but for what arguments cannot show', async () => {
    const ground = await layOut('policy');
    const passed = allTricks.filter(
      (trick) => checkCommand(filled(trick, ground), '.', rules).kind === 'allowed',
    );
    expect(allTricks.length).toBeGreaterThanOrEqual(150);
    expect(passed.length / allTricks.length).toBeLessThanOrEqual(0.05);
    expect(
      passed.map(({ argv }) => argv.join(' ')).filter((line) => !/out|\.py$|filtered/.test(line)),
    ).toEqual([]);
  });

  it('do not succeed in the sandbox, were there no policy', async () => {
    const grounds = await Promise.all(Array.from({ length: 6 }, (_, index) => layOut(`sandbox-${index}`)));
    const here = allTricks.filter(({ argv: [name = ''] }) => executable(name) !== undefined);
    const succeeded: string[] = [];
    let begun = 0;
    const limits = { ...defaultLimits, wallMs: 1_500 };
    const tried = async (trick: Trick, ground: Ground): Promise<void> => {
      const [name = '', ...args] = filled(trick, ground);
      const argv = [executable(name) ?? name, ...args] as const;
      const spec = { argv, workspace: { path: ground.workspace }, limits };
      const { end, stdout, stderr } = await sandbox.run(spec, never);
      begun += end.kind === 'not_started' ? 0 : 1;
      const output = `${stdout.head.toString()}${stderr.head.toString()}`;
      if (await hasSucceeded(ground, output)) succeeded.push(`${trick.argv.join(' ')}: ${output}`);
    };
    await Promise.all(
      grounds.map(async (ground, lane) => {
        for (const [index, trick] of here.entries())
          if (index % grounds.length === lane) await tried(trick, ground);
      }),
    );
    expect(succeeded).toEqual([]);
    expect(begun).toBeGreaterThan(150);
  }, 300_000);

  it('do succeed in part where there is neither', async () => {
    const aims = new Map<string, number>();
    const control = allTricks.filter(({ argv }, index) => index % 3 === 0 && isControl(argv));
    for (const [index, trick] of control.entries()) {
      const ground = await layOut(`plain-${index}`);
      if (await hasSucceeded(ground, await plainly(filled(trick, ground), ground)))
        aims.set(trick.aim, (aims.get(trick.aim) ?? 0) + 1);
    }
    expect([...aims.keys()].sort()).toEqual(['connect', 'read', 'run', 'write']);
    expect([...aims.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(control.length / 4);
  }, 300_000);

  /** Without any protection, in a throw-away home. What it starts is ended with it. */
  function plainly([name = '', ...args]: readonly string[], ground: Ground): Promise<string> {
    const env = { PATH: '/usr/bin:/bin', HOME: join(folder, 'home'), GIT_TERMINAL_PROMPT: '0' };
    const options = { cwd: ground.workspace, env, timeout: 1_500, killSignal: 'SIGKILL' } as const;
    return new Promise((resolve) => {
      const child: ChildProcess = execFile(
        executable(name) ?? name,
        args,
        options,
        (_error, stdout, stderr) => resolve(stdout + stderr),
      );
      child.stdin?.on('error', () => undefined);
      child.stdin?.end();
    });
  }
});
