import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OpenSandbox } from './open-sandbox';
import { type SandboxSpec, defaultLimits, sandboxTiers } from './sandbox';
import { openedTier } from './testing/opened-tier';

const limits = { ...defaultLimits, wallMs: Number.POSITIVE_INFINITY, outputBytes: 1_000 };
/** Answers each line with itself, and with what it finds in its environment. */
const echo = '$| = 1; while (<STDIN>) { chomp; last if $_ eq "end"; print "$_ $ENV{KEY}\\n" }';

const commandLines = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    })
    .join('\n');

describe.each(sandboxTiers)('a program that is talked to in %s', (tier) => {
  let sandbox: OpenSandbox;
  let folder: string;
  beforeAll(async () => {
    sandbox = await openedTier(tier);
  });
  afterAll(() => sandbox.close());
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'lumina-dialogue-')));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function started(perl: string, more: Partial<SandboxSpec> = {}) {
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    const stop = new AbortController();
    const spec: SandboxSpec = {
      argv: ['/usr/bin/perl', '-e', perl],
      workspace: { path: folder },
      limits,
      dialogue: { stdin, stdout },
      ...more,
    };
    const outcome = sandbox.run(spec, stop.signal);
    const line = async (): Promise<unknown> => (await lines.next()).value;
    return { stdin, line, stop, outcome };
  }

  it('is heard while it runs when it is not talked to: what it prints is told as it comes, and kept', async () => {
    const told: (readonly [string, string])[] = [];
    const code = '$| = 1; print "begun\\n"; 1 until -e "go"; print STDERR "on\\n"; print "done\\n"';
    const outcome = sandbox.run(
      {
        ...{ argv: ['/usr/bin/perl', '-e', code], workspace: { path: folder } },
        limits: { ...limits, wallMs: 15_000 },
        onOutput: (stream, chunk) => {
          told.push([stream, chunk.toString()]);
          // It goes on when it was heard, and not before.
          writeFileSync(join(folder, 'go'), '');
        },
      },
      new AbortController().signal,
    );
    const { end, stdout } = await outcome;
    expect(end).toEqual({ kind: 'exited', exitCode: 0 });
    expect(told[0]).toEqual(['stdout', 'begun\n']);
    expect(told.slice(1).sort()).toEqual([
      ['stderr', 'on\n'],
      ['stdout', 'done\n'],
    ]);
    expect(stdout.head.toString()).toBe('begun\ndone\n');
  });

  it('answers while it runs, as often as it is asked and however much it says', async () => {
    const { stdin, line, outcome } = started(echo, { env: { KEY: 'k' } });
    for (const word of ['one', 'two', 'x'.repeat(5_000)]) {
      stdin.write(`${word}\n`);
      expect(await line()).toBe(`${word} k`);
    }
    stdin.write('end\n');
    expect((await outcome).end).toEqual({ kind: 'exited', exitCode: 0 });
  });

  it('gets its variables without showing them to others on the host', async () => {
    const secret = `s-${Math.random().toString(36).slice(2)}`;
    const { stdin, line, outcome } = started(echo, { env: { KEY: secret } });
    stdin.write('hello\n');
    expect(await line()).toBe(`hello ${secret}`);
    expect(commandLines()).not.toContain(secret);
    stdin.end();
    await outcome;
  });

  it('is ended when its signal fires, with all that it started', async () => {
    const { line, stop, outcome } = started('$| = 1; fork; fork; print "up\\n"; sleep 1000');
    expect(await line()).toBe('up');
    stop.abort();
    expect((await outcome).end).toEqual({ kind: 'cancelled' });
  });

  it('is still held by its limits', async () => {
    const perl = 'print "up\\n"; my @a; push @a, "x" x 1048576 while 1';
    const { outcome } = started(perl, { limits: { ...limits, memoryBytes: 64 * 1024 ** 2 } });
    expect((await outcome).end).toEqual({ kind: 'limit', limit: 'memory' });
  });

  it('tells what it said to stderr when it fails, and outlives what is written to it afterwards', async () => {
    const { stdin, outcome } = started('print STDERR "cannot go on\\n"; exit 3');
    const { end, stderr } = await outcome;
    expect(end).toEqual({ kind: 'exited', exitCode: 3 });
    expect(stderr.head.toString()).toBe('cannot go on\n');
    stdin.write('anybody there?\n');
  });
});
