import { describe, expect, it } from '@jest/globals';
import { dispatch } from '../command-line/dispatch';
import { fakeShell } from '../command-line/fake-shell';

const shellHere = () => fakeShell({ env: { PATH: process.env['PATH'] ?? '' }, cwd: process.cwd() });

describe('lumina bench', () => {
  it('explains its works and where the findings stand', async () => {
    const user = shellHere();
    expect(await dispatch(['bench', '--help'], user)).toBe(0);
    for (const words of ['burst', 'threads', '--peers', 'docs/performance.md'])
      expect(user.written.out).toContain(words);
  });

  it.each([
    [['agents'], "no work 'agents'"],
    [['chat', '--clients', 'many'], '--clients must be a whole number'],
    [['chat', '--peers', 'nobody'], "no peer 'nobody'"],
    [['--loudly'], '--loudly'],
  ])('hands %j on, and the refusal back', async (args, words) => {
    const user = shellHere();
    expect(await dispatch(['bench', ...args], user)).toBe(2);
    expect(user.written.err).toContain(words);
    expect(user.written.out).toBe('');
  });
});
