import { describe, expect, it } from '@jest/globals';
import { inFolder } from '../data/temporary-folder';
import { waitUntil } from './delay';
import { programSpec } from './fake-program';
import { freePort } from './free-port';
import { linesSince } from './log-file';
import { identityOf, isAlive, signal } from './process-identity';
import type { ProcessSpec } from './process-spec';
import { SupervisedProcess, dialable } from './supervised-process';

interface Supervised {
  readonly process: SupervisedProcess;
  readonly notes: string[];
}

async function supervising(
  script: string | undefined,
  changes: Partial<ProcessSpec>,
  use: (supervised: Supervised, folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const notes: string[] = [];
    const events = { onChange: () => undefined, onNote: (text: string) => void notes.push(text) };
    const process = new SupervisedProcess(programSpec(folder, script, changes), events);
    try {
      await use({ process, notes }, folder);
    } finally {
      process.kill();
      await process.stop();
    }
  });
}

function pidOf({ identity }: SupervisedProcess): number {
  if (identity === undefined) throw new Error('it does not run');
  return identity.pid;
}

const isAnotherUp = (process: SupervisedProcess, pid: number) => async (): Promise<boolean> =>
  process.identity !== undefined &&
  process.identity.pid !== pid &&
  process.url !== undefined &&
  (await process.spec.isReady(process.url));

describe('SupervisedProcess', () => {
  it('is started when what listens is ready, and stopped with what it asked for', () =>
    supervising(undefined, {}, async ({ process, notes }) => {
      expect(await process.start()).toEqual({ kind: 'ready' });
      const pid = pidOf(process);
      expect(process.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      await process.stop();
      expect(identityOf(pid)).toBeUndefined();
      expect(process.identity).toBeUndefined();
      expect(notes).toEqual([]);
    }));

  it('is started again within a second when it is killed, where it listened before', () =>
    supervising(undefined, {}, async ({ process, notes }) => {
      await process.start();
      const { url } = process;
      const pid = pidOf(process);
      globalThis.process.kill(pid, 'SIGKILL');
      expect(await waitUntil(isAnotherUp(process, pid), { timeoutMs: 5_000 })).toBe(true);
      expect(process.url).toBe(url);
      await waitUntil(() => notes.length === 2, { timeoutMs: 1_000 });
      expect(notes[0]).toContain('fake died (SIGKILL): starting it again in 50 ms');
      expect(notes[1]).toMatch(/fake is ready again after [\d.]+ s/);
    }));

  it('is started again, each time later, while it keeps dying', () => {
    // The first lives until it is killed; all others die at once.
    const script = `
      const fs = require('node:fs');
      if (fs.existsSync('again')) process.exit(7);
      fs.writeFileSync('again', '');
      process.send({ type: 'listening', url: 'http://127.0.0.1:1' });
      setInterval(() => {}, 1000);
    `;
    return supervising(script, { isReady: () => Promise.resolve(true) }, async ({ process, notes }) => {
      await process.start();
      globalThis.process.kill(pidOf(process), 'SIGKILL');
      const pauses = () => notes.flatMap((note) => /in (\d+) ms/.exec(note)?.[1] ?? []);
      await waitUntil(() => pauses().length >= 4, { timeoutMs: 10_000 });
      expect(pauses().slice(0, 4)).toEqual(['50', '100', '200', '400']);
      expect(notes.some((note) => note.includes('exit code 7'))).toBe(true);
    });
  });

  it('is not started again after it was stopped while it waited for its next start', () =>
    supervising(undefined, {}, async ({ process, notes }, folder) => {
      await process.start();
      programSpec(folder, 'process.exit(1)');
      globalThis.process.kill(pidOf(process), 'SIGKILL');
      await waitUntil(() => notes.length >= 3, { timeoutMs: 5_000 });
      await process.stop();
      const count = notes.length;
      expect(await waitUntil(() => notes.length > count, { timeoutMs: 600 })).toBe(false);
    }));

  it('tells how it died when it never was ready, and does not try again', () =>
    supervising('console.log("no Redis"); process.exit(3)', {}, async ({ process, notes }, folder) => {
      expect(await process.start()).toEqual({ kind: 'exited', how: 'exit code 3' });
      expect(linesSince(`${folder}/fake.log`, 0)).toEqual(['no Redis']);
      expect(notes).toEqual([]);
    }));

  it('tells that there is no such program', () =>
    supervising(undefined, { command: '/no/such/program' }, async ({ process }) => {
      expect(await process.start()).toMatchObject({ how: expect.stringContaining('ENOENT') });
    }));

  it('kills what does not stop in time', () =>
    supervising(
      `process.on('SIGTERM', () => {}); process.send({ type: 'listening', url: 'http://127.0.0.1:1' }); setInterval(() => {}, 1000);`,
      { isReady: () => Promise.resolve(true), stopTimeoutMs: 200 },
      async ({ process, notes }) => {
        await process.start();
        await process.stop();
        expect(notes).toEqual([expect.stringContaining('did not stop within 200 ms: killed')]);
      },
    ));

  it('can be stopped before it is ready', () =>
    supervising('setInterval(() => {}, 1000)', {}, async ({ process }) => {
      const started = process.start();
      await process.stop();
      expect(await started).toEqual({ kind: 'exited', how: 'SIGTERM' });
    }));

  it('waits at the address that is known beforehand where nothing is announced', async () => {
    const port = await freePort();
    const script = `require('node:http').createServer((q, r) => r.end()).listen(${port}, '127.0.0.1')`;
    const told = { isAnnouncing: false, url: `http://127.0.0.1:${port}` };
    await supervising(script, told, async ({ process }) => {
      expect(await process.start()).toEqual({ kind: 'ready' });
    });
  });
});

describe('dialable', () => {
  it.each([
    ['http://0.0.0.0:80', 'http://127.0.0.1'],
    ['http://[::]:8080', 'http://127.0.0.1:8080'],
    ['http://10.1.2.3:8080/', 'http://10.1.2.3:8080'],
  ])('makes of %s %s', (url, expected) => {
    expect(dialable(url)).toBe(expected);
  });
});

describe('a process that was recorded', () => {
  it('is not taken for another that has its number now', () => {
    const self = identityOf(process.pid);
    if (self === undefined) throw new Error('we do not run');
    expect(isAlive(self)).toBe(true);
    const recycled = { ...self, started: `${self.started}0` };
    expect(isAlive(recycled)).toBe(false);
    expect(signal(recycled, 'SIGKILL')).toBe(false);
  });
});
