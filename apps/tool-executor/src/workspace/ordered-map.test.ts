import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { orderedMap } from './ordered-map';

describe('orderedMap', () => {
  it('keeps the order and the width', async () => {
    let running = 0;
    let widest = 0;
    const taken: number[] = [];
    const map = async (n: number): Promise<number> => {
      widest = Math.max(widest, ++running);
      await setTimeout((7 - n) % 3);
      running--;
      return n * 2;
    };
    await orderedMap([1, 2, 3, 4, 5, 6, 7], map, (result) => taken.push(result) > 0, 3);
    expect(taken).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(widest).toBe(3);
  });

  it('stops asking when no more is wanted, and lets what is in flight settle', async () => {
    let started = 0;
    let settled = 0;
    const map = async (): Promise<void> => {
      started++;
      await setTimeout(2);
      settled++;
    };
    await orderedMap(
      Array.from({ length: 50 }, (_, n) => n),
      map,
      () => false,
      4,
    );
    expect({ started, settled }).toEqual({ started: 4, settled: 4 });
  });

  it('rejects with the first failure in order after all has settled', async () => {
    let settled = 0;
    const map = async (n: number): Promise<void> => {
      await setTimeout(n === 0 ? 5 : 1);
      settled++;
      throw new Error(`failed ${n}`);
    };
    await expect(orderedMap([0, 1, 2], map, () => true, 3)).rejects.toThrow('failed 0');
    expect(settled).toBe(3);
  });
});
