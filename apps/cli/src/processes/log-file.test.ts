import { closeSync, existsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inFolder } from '../data/temporary-folder';
import { lastLines, openLog } from './log-file';

describe('log files', () => {
  it('are read from their end', () =>
    inFolder((folder) => {
      const path = join(folder, 'x.log');
      expect(lastLines(path, 3)).toEqual([]);
      writeFileSync(path, '');
      expect(lastLines(path, 3)).toEqual([]);
      writeFileSync(path, `${'x'.repeat(100_000)}\none\ntwo\n`);
      expect(lastLines(path, 2)).toEqual(['one', 'two']);
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
