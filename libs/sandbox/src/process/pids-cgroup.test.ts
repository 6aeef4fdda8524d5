import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { insideCgroup, pidsCgroups } from './pids-cgroup';

const run = promisify(execFile);
const script =
  'my $n = 0; while ($n < 20) { my $p = fork(); last if !defined $p; if (!$p) { sleep 2; exit } $n++ } print $n; kill 9, -$$';

describe('a cgroup for processes', () => {
  it('bounds what is started in it from the start, and leaves nothing behind; or cannot be had', async () => {
    const make = pidsCgroups(`lumina-test-${process.pid}`);
    if (make === undefined) return;
    const group = make(6);
    const [command, ...args] = insideCgroup(group, [
      '/usr/bin/setsid',
      '-w',
      '/usr/bin/perl',
      '-e',
      `$| = 1; ${script}`,
    ]);
    const { stdout } = await run(command, args).catch((error: unknown) => error as { stdout: string });
    // One is perl itself, one may be setsid.
    expect([4, 5]).toContain(Number(stdout));
    await new Promise((resolve) => setTimeout(resolve, 100));
    group.remove();
    expect(existsSync(dirname(group.procs))).toBe(false);
  });
});
