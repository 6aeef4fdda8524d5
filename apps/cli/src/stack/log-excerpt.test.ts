import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inFolder } from '../data/temporary-folder';
import { logExcerpt } from './log-excerpt';

const routine = JSON.stringify({ level: 30, msg: 'Mapped {/health/live, GET} route' });
const warning = JSON.stringify({ level: 50, msg: 'request failed', err: { message: 'no Redis' } });
const odd = JSON.stringify({ level: 50, code: 7 });

const excerptOf = (lines: readonly string[], fromBytes = 0): Promise<string> =>
  inFolder((folder) => {
    const path = join(folder, 'x.log');
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    return logExcerpt(path, fromBytes);
  });

describe('logExcerpt', () => {
  it('keeps the death and passes over the routine around it', async () => {
    const lines = [
      routine,
      'x cannot start: no default model',
      ...Array<string>(30).fill(routine),
      warning,
      odd,
    ];
    expect(await excerptOf(lines)).toBe(
      `  x cannot start: no default model\n  request failed: no Redis\n  ${odd}`,
    );
  });

  it('shows the routine where there is nothing else', async () => {
    expect(await excerptOf([routine])).toBe(`  ${routine}`);
    expect(await excerptOf(['null'])).toBe('  null');
  });

  it('does not show what an earlier start has left', async () => {
    expect(await excerptOf(['old death'], 10)).toBe('  (nothing)');
  });
});
