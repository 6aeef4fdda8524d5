import { describe, expect, it } from '@jest/globals';
import { dispatch } from '../command-line/dispatch';
import { fakeShell } from '../command-line/fake-shell';

const shellHere = () => fakeShell({ env: { PATH: process.env['PATH'] ?? '' }, cwd: process.cwd() });

describe('lumina drill', () => {
  it('explains its drills and what they prove', async () => {
    const user = shellHere();
    expect(await dispatch(['drill', '--help'], user)).toBe(0);
    expect(user.written.out).toContain('redis-failover');
    expect(user.written.out).toContain('docs/durability.md');
  });

  it.each([
    [[], 'which drill?'],
    [['kill-everyone'], "no drill 'kill-everyone'"],
    [['kill-worker', '--rate', 'many'], '--rate must be a whole number'],
    [['kill-worker', '--loudly'], '--loudly'],
  ])('hands %j on, and the refusal back', async (args, words) => {
    const user = shellHere();
    expect(await dispatch(['drill', ...args], user)).toBe(2);
    expect(user.written.err).toContain(words);
    expect(user.written.out).toBe('');
  });
});
