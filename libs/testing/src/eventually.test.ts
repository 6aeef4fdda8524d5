import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually';

describe('eventually', () => {
  it.each([[undefined], [null], [false]])('goes on while the answer is %s', async (nothing) => {
    const answers: unknown[] = [nothing, nothing, 0];
    expect(await eventually('a number', () => answers.shift())).toBe(0);
    expect(answers).toEqual([]);
  });

  it('names what did not come, with the last error as its cause', async () => {
    const cause = new Error('still down');
    const waiting = eventually('the server is up', () => Promise.reject<string>(cause), 50);
    await expect(waiting).rejects.toMatchObject({ message: 'not within 50 ms: the server is up', cause });
  });
});
