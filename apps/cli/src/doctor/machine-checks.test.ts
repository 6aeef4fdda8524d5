import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { dataFolder } from '../data/data-folder';
import { inFolder } from '../data/temporary-folder';
import { findingText } from './finding';
import {
  dataFolderCheck,
  diskCheck,
  nodeCheck,
  packagesCheck,
  redisServerCheck,
  sandboxCheck,
} from './machine-checks';

function program(folder: string, name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

describe('the checks of the machine', () => {
  it('want a Node that is new enough', () => {
    expect(nodeCheck('24.1.0').state).toBe('well');
    expect(nodeCheck('20.19.0')).toMatchObject({ state: 'ill', advice: expect.stringContaining('./lumina') });
  });

  it('compare the packages with the lock file', () =>
    inFolder(async (folder) => {
      const write = (path: string, packages: object): void =>
        writeFileSync(join(folder, path), JSON.stringify({ packages }));
      mkdirSync(join(folder, 'node_modules'));
      const wanted = {
        '': {},
        'node_modules/a': { version: '1.0.0' },
        'node_modules/o': { version: '1.0.0', optional: true },
      };
      write('package-lock.json', wanted);
      expect(await packagesCheck(folder)).toMatchObject({ state: 'ill' });
      write('node_modules/.package-lock.json', { 'node_modules/a': { version: '1.0.0' } });
      expect(await packagesCheck(folder)).toMatchObject({ state: 'well' });
      write('node_modules/.package-lock.json', { 'node_modules/a': { version: '0.9.0' } });
      expect(await packagesCheck(folder)).toMatchObject({
        state: 'ill',
        detail: expect.stringContaining('node_modules/a'),
      });
    }));

  it('want a Redis that is new enough', () =>
    inFolder(async (folder) => {
      const old = program(folder, 'old', 'echo "Redis server v=6.0.16 sha=0"');
      const recent = program(folder, 'recent', 'echo "Redis server v=7.2.1 sha=0"');
      expect(await redisServerCheck(old)).toMatchObject({ state: 'ill' });
      expect(await redisServerCheck(recent)).toMatchObject({ state: 'well' });
    }));

  it('attack the sandbox, and say why there is none and what to do', async () => {
    const sandbox = {
      tier: 'bubblewrap',
      hasProxy: true,
      run: () => Promise.reject(new Error()),
      close: () => Promise.resolve(),
    } as const;
    const faults = [{ tier: 'landlock', reason: 'its launcher is not built' }] as const;
    expect(await sandboxCheck('', () => Promise.resolve({ sandbox, faults: [] }))).toMatchObject({
      state: 'well',
      detail: 'bubblewrap withstands its self-test',
    });
    expect(await sandboxCheck('auto', () => Promise.resolve({ sandbox: undefined, faults }))).toMatchObject({
      state: 'ill',
      detail: 'landlock: its launcher is not built',
      advice: expect.stringContaining('shell and run_code are not offered'),
    });
    expect(await sandboxCheck('none')).toMatchObject({ state: 'ill', detail: 'LUMINA_SANDBOX is none' });
  });

  it('look at the disk and the folder, or at what will hold it', () =>
    inFolder(async (folder) => {
      const data = dataFolder('not/yet/there', { env: {}, cwd: folder });
      expect((await diskCheck(data)).detail).toContain(`free at ${folder}`);
      expect(dataFolderCheck(data).state).toBe('well');
    }));
});

describe('a finding', () => {
  it('shows what to do below what is wrong', () => {
    const text = findingText({ what: 'x', state: 'ill', detail: 'broken', advice: 'one\ntwo' });
    expect(text).toBe(`✗ ${'x'.padEnd(22)} broken\n  → one\n    two`);
  });
});
