import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { isAlive, yieldToOthers } from './process-state';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function sleeper(detached: boolean): number {
  const child = spawn('/usr/bin/sleep', ['60'], { detached, stdio: 'ignore' });
  started.push(child);
  if (child.pid === undefined) throw new Error('no sleep');
  return child.pid;
}

/** Undefined where the kernel does not group by session. */
function weightOfSession(pid: number | 'self'): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/autogroup`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

describe('yieldToOthers', () => {
  it('takes weight from processes and their session, and none from ours, though one of them is in it', () => {
    const [ofOurs, ofItsOwn] = [sleeper(false), sleeper(true)];
    const before = [getPriority(), weightOfSession('self')];
    yieldToOthers([ofOurs, ofItsOwn]);
    expect([ofOurs, ofItsOwn].map((pid) => getPriority(pid))).toEqual([19, 19]);
    expect([getPriority(), weightOfSession('self')]).toEqual(before);
    const session = weightOfSession(ofItsOwn);
    if (session !== undefined) expect(session).toMatch(/ nice 19$/);
  });

  it('does not mind one that is gone', async () => {
    const pid = sleeper(true);
    started[0]?.kill('SIGKILL');
    while (isAlive(pid)) await pause(5);
    expect(() => yieldToOthers([pid])).not.toThrow();
  });
});
