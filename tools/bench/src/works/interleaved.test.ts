import { describe, expect, it } from '@jest/globals';
import { SubjectFell, interleaved, turned } from './interleaved';

describe('interleaved', () => {
  it('measures everyone once in each round, and begins with another each time', async () => {
    const order: string[] = [];
    const found = await interleaved(
      [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
      2,
      async ({ name }, round) => {
        order.push(name);
        return `${name}${round}`;
      },
    );
    expect(order).toEqual(['a', 'b', 'c', 'b', 'c', 'a']);
    expect(found).toEqual({ a: ['a0', 'a1'], b: ['b0', 'b1'], c: ['c0', 'c1'] });
  });

  it('goes on without one that died, and keeps what was measured of it', async () => {
    const found = await interleaved([{ name: 'a' }, { name: 'b' }], 3, async ({ name }, round) => {
      if (name === 'a' && round === 1) throw new SubjectFell('died: node');
      return round;
    });
    expect(found).toEqual({ a: [0], b: [0, 1, 2] });
  });

  it('ends with any other error', async () => {
    const measure = () => Promise.reject(new Error('no more disk'));
    await expect(interleaved([{ name: 'a' }], 3, measure)).rejects.toThrow('no more disk');
  });

  it('does nothing for nobody', async () => {
    expect(await interleaved([], 3, async () => 1)).toEqual({});
    expect(turned([], 2)).toEqual([]);
  });
});
