import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { dispatch } from './command-line/dispatch';
import { type FakeShell, fakeShell } from './command-line/fake-shell';
import { inFolder } from './data/temporary-folder';
import { waitUntil } from './processes/delay';

const shellIn = (cwd: string): FakeShell =>
  fakeShell({ cwd, env: { LUMINA_DATA: 'data', PATH: process.env['PATH'] ?? '' } });

/** Runs one command and gives what it wrote and answered. */
async function lumina(
  cwd: string,
  args: readonly string[],
): Promise<FakeShell['written'] & { exitCode: number }> {
  const user = shellIn(cwd);
  const exitCode = await dispatch(args, user);
  return { ...user.written, exitCode };
}

interface Status {
  readonly processes: readonly { readonly role: string; readonly pid: number; readonly ready: boolean }[];
}

async function statusOf(cwd: string): Promise<Status['processes']> {
  const { out } = await lumina(cwd, ['status', '--json']);
  return (JSON.parse(out) as Status).processes;
}

const startTimeoutMs = 60_000;
const testTimeoutMs = 120_000;

describe('the whole of it, built', () => {
  it(
    'goes up in the foreground, answers runs, survives a killed executor, and stops on Ctrl-C',
    () =>
      inFolder(async (folder) => {
        const foreground = shellIn(folder);
        const up = dispatch(['up', '--port', '0'], foreground);
        const isReady = (): boolean => foreground.written.out.includes('Lumina is ready.');
        const isUp = await waitUntil(isReady, { timeoutMs: startTimeoutMs });
        expect(`${foreground.written.err} ${String(isUp)}`).toContain('true');

        const first = await lumina(folder, ['run', 'What can you do?']);
        expect(first).toMatchObject({ exitCode: 0, out: expect.stringContaining('[simulated model]') });
        expect(first.err).toContain('(a simulated model answered)');

        const executor = (await statusOf(folder)).find(({ role }) => role === 'tool-executor');
        process.kill(executor?.pid ?? 0, 'SIGKILL');
        const second = await lumina(folder, ['run', 'list the files in .', '--json']);
        expect(second).toMatchObject({ exitCode: 0, err: '' });
        expect(second.out.trimEnd().split('\n').at(-1)).toBe('{"event":"end","data":null}');

        const run = /"run_id":"([^"]+)"/.exec(second.out)?.[1] ?? '';
        expect((await lumina(folder, ['explain', run])).out).toContain('succeeded');
        expect((await lumina(folder, ['up'])).out).toContain('A stack is running already');

        foreground.interrupt();
        expect(await up).toBe(0);
        const log = readFileSync(join(folder, 'data/logs/supervisor.log'), 'utf8');
        expect(log).toContain('tool-executor-1 died (SIGKILL)');
      }),
    testTimeoutMs,
  );

  it(
    'goes up in the background, is well, and comes down',
    () =>
      inFolder(async (folder) => {
        const up = await lumina(folder, ['up', '--detach', '--port', '0', '--replicas', '2']);
        expect(up).toMatchObject({ exitCode: 0, out: expect.stringContaining('It runs in the background') });
        const isWell = async (): Promise<boolean> => {
          const { out } = await lumina(folder, ['doctor']);
          return /✓ tool-executor-2 +ready/.test(out) && out.includes('✓ health: model');
        };
        expect(await waitUntil(isWell, { timeoutMs: 20_000, everyMs: 500 })).toBe(true);
        const down = await lumina(folder, ['down']);
        expect(down).toMatchObject({ exitCode: 0, out: 'The stack has stopped.\n' });
        expect(await statusOf(folder)).toEqual([]);
      }),
    testTimeoutMs,
  );
});
