import { closeSync, existsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inFolder } from '../data/temporary-folder';
import { linesSince, openLog } from './log-file';

describe('log files', () => {
  it('are read from their end', () =>
    inFolder((folder) => {
      const path = join(folder, 'x.log');
      expect(linesSince(path, 0)).toEqual([]);
      writeFileSync(path, 'before\n');
      expect(linesSince(path, 7)).toEqual([]);
      writeFileSync(path, 'before\none\ntwo\n');
      expect(linesSince(path, 7)).toEqual(['one', 'two']);
      expect(linesSince(path, 1_000)).toEqual(['before', 'one', 'two']);
      writeFileSync(path, `${'x'.repeat(100_000)}\none\n`);
      expect(linesSince(path, 0).at(-1)).toBe('one');
      expect(linesSince(path, 0).join('').length).toBeLessThan(70_000);
    }));

  it('are put aside when they have grown large', () =>
    inFolder((folder) => {
      const path = join(folder, 'x.log');
      writeFileSync(path, 'old');
      closeSync(openLog(path));
      expect(existsSync(`${path}.1`)).toBe(false);
      truncateSync(path, 21 * 1024 * 1024);
      closeSync(openLog(path));
      expect(existsSync(`${path}.1`)).toBe(true);
    }));
});
