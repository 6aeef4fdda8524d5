import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type OpenSandbox, defaultLimits, openSandbox } from '@lumina/sandbox';
import { type ToolResult, runTool } from '../tool';
import { type ScratchWorkspace, scratchWorkspace } from '../workspace/scratch-workspace';
import { runCodeTool } from './run-code';
import { shellTool } from './shell';

let sandbox: OpenSandbox;
let scratch: ScratchWorkspace;
let refusals: string[];

beforeAll(async () => {
  const search = await openSandbox('auto');
  if (search.sandbox === undefined) throw new Error(JSON.stringify(search.faults));
  sandbox = search.sandbox;
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  scratch = await scratchWorkspace();
  refusals = [];
});
afterEach(() => scratch.remove());

function call(
  name: 'shell' | 'run_code',
  args: Record<string, unknown>,
  signal = new AbortController().signal,
): Promise<ToolResult> {
  const programs = ['ls', 'cat', 'grep', 'git', 'python', 'echo', 'pwd'];
  const onRefusal = (tool: string) => refusals.push(tool);
  const options = { sandbox, limits: defaultLimits, programs, grants: { scripts: false }, onRefusal };
  const tool = name === 'shell' ? shellTool(options) : runCodeTool(options);
  return runTool(tool, args, { workspace: scratch.workspace, signal, idempotencyKey: 'k' });
}

const contentOf = (result: ToolResult): string =>
  result.kind === 'ok' ? result.content : `${result.type}: ${result.message}`;

describe('shell', () => {
  it('runs a program in the workspace and says how it ended', async () => {
    await scratch.write('src/a.txt', 'hello\n');
    expect(contentOf(await call('shell', { argv: ['cat', 'a.txt'], cwd: 'src' }))).toMatch(
      /^exit code 0, \d+\.\d\d s\nstdout:\nhello$/,
    );
  });

  it('tells of a failure of the program as a result', async () => {
    const result = await call('shell', { argv: ['ls', 'missing'] });
    expect(result.kind).toBe('ok');
    expect(contentOf(result)).toMatch(/^exit code 2, .*\nstderr:\n.*missing/);
  });

  it('does not run what its policy refuses, and reports that', async () => {
    const result = await call('shell', { argv: ['git', '-c', 'alias.x=!touch canary', 'x'] });
    expect(result).toMatchObject({ type: 'access_denied' });
    expect(refusals).toEqual(['shell']);
  });

  it('keeps time', async () => {
    await scratch.write('a.py', 'print("so far", flush=True)\nwhile True: pass\n');
    const result = await call('shell', { argv: ['python', 'a.py'], timeout_ms: 1_000 });
    expect(contentOf(result)).toBe('timeout: python was ended: it ran longer than 1 s\nstdout:\nso far');
  });

  it('works on a repository whose configuration would run programs', async () => {
    expect(contentOf(await call('shell', { argv: ['git', 'init', '-q'] }))).toContain('exit code 0');
    await scratch.write('.git/hooks/pre-commit', '#!/bin/sh\ntouch hooked\n');
    await scratch.write('a.txt', 'x');
    expect(contentOf(await call('shell', { argv: ['git', 'add', 'a.txt'] }))).toContain('exit code 0');
    expect(contentOf(await call('shell', { argv: ['git', 'commit', '-m', 'one'] }))).toContain('exit code 0');
    const listing = contentOf(await call('shell', { argv: ['ls', '-a'] }));
    expect(listing).not.toContain('hooked');
    expect(contentOf(await call('shell', { argv: ['git', 'log', '--format=%an %s'] }))).toContain(
      'Lumina one',
    );
  });

  it('does not show what is sealed in the workspace', async () => {
    expect(contentOf(await call('shell', { argv: ['cat', '../outside/canary.txt'] }))).toContain('leads out');
  });

  it('says when a program is not there', async () => {
    expect(contentOf(await call('shell', { argv: ['bash'] }))).toContain('the program "bash" is not allowed');
  });
});

describe('run_code', () => {
  it('runs Python in the workspace', async () => {
    await scratch.write('numbers.txt', '1\n2\n3\n');
    const code = 'print(sum(map(int, open("numbers.txt"))))\nopen("sum.txt", "w").write("6")';
    expect(contentOf(await call('run_code', { language: 'python', code }))).toMatch(
      /^exit code 0.*\nstdout:\n6$/,
    );
    expect(contentOf(await call('shell', { argv: ['cat', 'sum.txt'] }))).toContain('\n6');
  });

  it('runs JavaScript', async () => {
    const code = 'console.log([1, 2, 3].map((n) => n * n).join(), process.env.LUMINA_REDIS_URL)';
    expect(contentOf(await call('run_code', { language: 'javascript', code }))).toContain('1,4,9 undefined');
  });

  it('shows what went wrong in the program', async () => {
    const result = await call('run_code', { language: 'python', code: 'raise ValueError("no")' });
    expect(contentOf(result)).toMatch(/^exit code 1[\s\S]*ValueError: no$/);
  });

  it('ends when the call is no longer wanted', async () => {
    const controller = new AbortController();
    const running = call('run_code', { language: 'python', code: 'while True: pass' }, controller.signal);
    setTimeout(() => controller.abort(), 200);
    expect(await running).toMatchObject({ type: 'cancelled' });
  });

  it('keeps to the workspace', async () => {
    const result = await call('run_code', { language: 'python', code: 'print(1)', cwd: '../outside' });
    expect(result).toMatchObject({ type: 'outside_workspace' });
    expect(refusals).toEqual(['run_code']);
  });
});
