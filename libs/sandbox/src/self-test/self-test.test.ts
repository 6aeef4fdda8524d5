import { spawn } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import type { Sandbox, SandboxEnd, SandboxOutcome, SandboxSpec } from '../sandbox';
import { selfTest } from './self-test';

const options = { perl: '/usr/bin/perl', architecture: process.arch === 'arm64' ? 'arm64' : 'x64' } as const;
const captured = (text: string) => ({
  head: Buffer.from(text),
  tail: Buffer.alloc(0),
  totalBytes: text.length,
});

/** No sandbox at all, but for what keeps the test itself within bounds. */
class PlainRunner implements Sandbox {
  readonly tier = 'bubblewrap';
  readonly hasProxy = false;

  run({ argv: [program, ...args], workspace, stdin }: SandboxSpec): Promise<SandboxOutcome> {
    // Not without end: more memory than the self-test allows, and then no more.
    const bounded = args.map((arg) =>
      arg
        .replace('while (1) { push', 'for (1 .. 60) { push')
        .replace('while (1) { open', 'for (1 .. 60) { open'),
    );
    const child = spawn(program, bounded, { cwd: workspace.path, env: { TOKEN: 'x' }, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (chunk: Buffer) => (output[name] += chunk.toString()));
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin ?? '');
    return new Promise((resolve) =>
      child.once('exit', (code) => {
        const end: SandboxEnd = { kind: 'exited', exitCode: code ?? 128 };
        const { stdout, stderr } = output;
        setTimeout(
          () =>
            resolve({
              end,
              stdout: captured(output.stdout || stdout),
              stderr: captured(stderr),
              durationMs: 1,
            }),
          20,
        );
      }),
    );
  }
}

describe('the self-test', () => {
  it('finds everything that does not hold where nothing does', async () => {
    const faults = (await selfTest(new PlainRunner(), options)).join('\n');
    for (const expected of [
      'reading a file outside: BROKEN',
      'writing a file outside: BROKEN',
      'making a file outside: BROKEN',
      "reading another process's environment: BROKEN",
      'seeing processes: BROKEN',
      'signalling another process: BROKEN',
      'connecting to the loopback: BROKEN',
      'connecting to an abstract socket: BROKEN',
      'finding variables: BROKEN',
      'calling ptrace: BROKEN',
      'calling unshare: BROKEN',
      'something outside was changed or reached',
      'more memory than allowed',
      'more processes than allowed',
      'a process outlived its program',
    ])
      expect(faults).toContain(expected);
  });

  it('finds that nothing runs', async () => {
    const end = { kind: 'not_started', reason: 'No permissions' } as const;
    const outcome = { end, stdout: captured(''), stderr: captured(''), durationMs: 1 };
    const broken: Sandbox = { tier: 'bubblewrap', hasProxy: false, run: () => Promise.resolve(outcome) };
    expect(await selfTest(broken, options)).toContain('no program runs: No permissions');
  });
});
