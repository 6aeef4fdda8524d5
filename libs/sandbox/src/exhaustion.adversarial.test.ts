import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OpenSandbox } from './open-sandbox';
import { type SandboxLimits, type SandboxOutcome, defaultLimits, sandboxTiers } from './sandbox';
import { openedTier } from './testing/opened-tier';

const mebibyte = 1024 ** 2;
const perl = '/usr/bin/perl';
const python = '/usr/bin/python3';
const small: SandboxLimits = {
  ...defaultLimits,
  ...{ wallMs: 10_000, cpuSeconds: 8, memoryBytes: 96 * mebibyte, processes: 32 },
  ...{ fileBytes: 8 * mebibyte, writtenBytes: 32 * mebibyte, outputBytes: mebibyte },
};

let workspace: string;
let marker: string;
beforeEach(async () => {
  workspace = await realpath(await mkdtemp(join(tmpdir(), 'lumina-exhaustion-')));
  marker = `marker-${randomUUID()}`;
});
afterEach(() => rm(workspace, { recursive: true, force: true }));

/** Processes that carry the marker among their arguments, as every descendant does that forked. */
const left = (): readonly string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(marker);
    } catch {
      return false;
    }
  });

const mapPages =
  'import mmap; m = mmap.mmap(-1, 1 << 37, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, mmap.PROT_READ)\nfor i in range(0, 1 << 37, 1 << 21): m[i]';
const threads = 'import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,)).start()';

/**
 * What a sandbox must end without help, and without harm to whoever else works here. The fork bomb is only set off in a sandbox that has
 * shown in its self-test that the kernel counts its processes: one that merely watches is outrun, and takes the machine down.
 */
const hogs: readonly (readonly [string, readonly string[], Partial<SandboxLimits>, readonly string[]])[] = [
  ['a fork bomb', [perl, '-e', 'while (1) { fork }'], { wallMs: 1_500 }, ['processes', 'cpu', 'wall']],
  [
    'children that sleep',
    [perl, '-e', 'for (1 .. 500) { fork or sleep 9 } sleep 9'],
    { wallMs: 1_500 },
    ['processes', 'wall'],
  ],
  ['threads', [python, '-c', threads], { wallMs: 1_500 }, ['processes', 'memory', 'wall']],
  ['memory', [perl, '-e', 'while (1) { push @k, "x" x 1e6 }'], {}, ['memory', 'exited']],
  ['memory of many', [perl, '-e', 'for (1 .. 8) { fork or last } $k = "x" x 3e7; sleep 9'], {}, ['memory']],
  ['page tables', [python, '-c', mapPages], {}, ['memory']],
  ['one large file', [perl, '-e', 'open F, ">f"; print F "x" x 1e6 for 1 .. 100'], {}, ['file']],
  [
    'many files',
    [perl, '-e', 'for (1 .. 99) { open F, ">f$_"; print F "x" x 7e6; close F } sleep 9'],
    {},
    ['disk'],
  ],
  ['processor time', [perl, '-e', '1 while 1'], { cpuSeconds: 1 }, ['cpu']],
  ['processor time of many', [perl, '-e', 'fork; fork; 1 while 1'], { cpuSeconds: 1 }, ['cpu']],
  [
    'short lives',
    [perl, '-e', 'while (1) { fork or do { 1 for 1 .. 1e6; exit }; wait }'],
    { cpuSeconds: 1 },
    ['cpu'],
  ],
  ['a flood of output', [perl, '-e', 'print "x" x 65536 while 1'], {}, ['output']],
  ['a flood of errors', [perl, '-e', 'print STDERR "x" x 65536 while 1'], {}, ['output']],
  ['sleeping', [perl, '-e', 'sleep 99'], { wallMs: 500 }, ['wall']],
  [
    'ignoring what ends others',
    [perl, '-e', '$SIG{$_} = "IGNORE" for keys %SIG; sleep 1 while 1'],
    { wallMs: 500 },
    ['wall'],
  ],
  ['stopping itself', [perl, '-e', 'kill "STOP", $$; sleep 99'], { wallMs: 500 }, ['wall']],
  ['closing its streams', [perl, '-e', 'close STDOUT; close STDERR; sleep 99'], { wallMs: 500 }, ['wall']],
  [
    'daemons',
    [
      perl,
      '-e',
      'use POSIX; for (1 .. 9) { fork and next; POSIX::setsid(); fork and exit; sleep 99 } sleep 99',
    ],
    { wallMs: 500 },
    ['wall'],
  ],
];

describe.each(sandboxTiers)('%s ends', (tier) => {
  let sandbox: OpenSandbox;
  beforeAll(async () => {
    sandbox = await openedTier(tier);
  });
  afterAll(() => sandbox.close());

  const run = (
    argv: readonly string[],
    limits: SandboxLimits,
    signal = new AbortController().signal,
  ): Promise<SandboxOutcome> =>
    sandbox.run(
      {
        argv: [perl, '-e', 'exec { $ARGV[0] } @ARGV', ...argv, marker],
        workspace: { path: workspace },
        limits,
      },
      signal,
    );

  it.each(hogs)('%s, with all that descends from it', async (_name, argv, changes, expected) => {
    const limits = { ...small, ...changes };
    const { end, durationMs } = await run(argv, limits);
    expect(expected).toContain(end.kind === 'limit' ? end.limit : end.kind);
    // A second on a machine of its own; the rest is for one that does much else. Left alone, all of these go on for far longer.
    expect(durationMs).toBeLessThan(limits.wallMs + 15_000);
    expect(left()).toEqual([]);
  });

  it('what is no longer wanted', async () => {
    const controller = new AbortController();
    const running = run([perl, '-e', 'fork; fork; sleep 99'], small, controller.signal);
    setTimeout(() => controller.abort(), 300);
    const { end, durationMs } = await running;
    expect(end).toEqual({ kind: 'cancelled' });
    expect(durationMs).toBeLessThan(15_000);
    expect(left()).toEqual([]);
  });

  it('what a program that has ended leaves behind', async () => {
    const script =
      'use POSIX; for (1 .. 5) { fork and next; POSIX::setsid(); close STDOUT; close STDERR; sleep 99 } exit 7';
    expect((await run([perl, '-e', script], small)).end).toEqual({ kind: 'exited', exitCode: 7 });
    expect(left()).toEqual([]);
  });

  it('nothing that keeps within its limits', async () => {
    const script =
      '@p = map { fork || exit 0 } 1 .. 10; waitpid $_, 0 for @p; $k = "x" x 2e7; open F, ">f"; print F "x" x 7e6; print "x" x 9e5';
    const { end, stdout } = await run([perl, '-e', script], small);
    expect(end).toEqual({ kind: 'exited', exitCode: 0 });
    expect(stdout.totalBytes).toBe(900_000);
  });

  it('nothing before it has begun, when it is cancelled by then', async () => {
    expect((await run([perl, '-e', '1'], small, AbortSignal.abort())).end).toEqual({ kind: 'cancelled' });
  });

  it('says why a program could not be started', async () => {
    const nothing = { workspace: { path: workspace }, limits: small };
    const signal = new AbortController().signal;
    const missing = await sandbox.run({ ...nothing, argv: ['/usr/bin/no-such-program'] }, signal);
    expect(missing.end).toMatchObject({
      kind: 'not_started',
      reason: expect.stringContaining('No such file'),
    });
    const nowhere = await sandbox.run({ ...nothing, argv: [perl, '-e', '1'], cwd: 'nowhere' }, signal);
    expect(nowhere.end).toMatchObject({ kind: 'not_started' });
  });
});
