import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inFolder } from '../data/temporary-folder';
import { identityOf } from '../processes/process-identity';
import { acquireStackLock, stackOwner } from './stack-lock';

const dead = (): string => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  return JSON.stringify({ pid, started: 'long ago' });
};

describe('the lock of a data folder', () => {
  it('is had by one, until it is released', () =>
    inFolder((folder) => {
      const path = join(folder, 'lock');
      const first = acquireStackLock(path);
      expect(acquireStackLock(path)).toEqual({ kind: 'taken', owner: identityOf(process.pid) });
      expect(stackOwner(path)).toEqual(identityOf(process.pid));
      if (first.kind === 'held') first.release();
      expect(stackOwner(path)).toBeUndefined();
      expect(acquireStackLock(path).kind).toBe('held');
      expect(readdirSync(folder)).toEqual(['lock']);
    }));

  it.each([
    ['of a process that has died', dead],
    ['of a number that somebody else has now', () => JSON.stringify({ pid: process.pid, started: 'then' })],
    ['that cannot be read', () => '{"pid'],
    ['that is empty', () => ''],
  ])('is taken over from a lock %s', (_, content) =>
    inFolder((folder) => {
      const path = join(folder, 'lock');
      writeFileSync(path, content());
      expect(stackOwner(path)).toBeUndefined();
      expect(acquireStackLock(path).kind).toBe('held');
      expect(readdirSync(folder)).toEqual(['lock']);
    }),
  );

  it('is not released by somebody whose lock has been taken over', () =>
    inFolder((folder) => {
      const path = join(folder, 'lock');
      const first = acquireStackLock(path);
      const other = JSON.stringify({ pid: 1, started: identityOf(1)?.started });
      writeFileSync(path, other);
      if (first.kind === 'held') first.release();
      expect(stackOwner(path)?.pid).toBe(1);
    }));

  it('says what stands in the way when there is no such folder', () =>
    inFolder((folder) => {
      expect(() => acquireStackLock(join(folder, 'none', 'lock'))).toThrow('ENOENT');
    }));
});
