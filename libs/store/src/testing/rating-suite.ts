import { describe, expect, it } from '@jest/globals';
import { type Bench, newRun } from './fixtures';

/** What holds of the ratings of every run store. */
export function ratingSuite(open: () => Promise<Bench>): void {
  describe('ratings', () => {
    it('are kept with the run, once however often they are sent, and for its tenant only', async () => {
      const { store } = await open();
      await store.putAgent('d1', '{}');
      await store.create(newRun('r1'));
      const rating = { run: 'r1', tenant: 'acme', name: 'n1', json: '{"score":5}' };
      expect(await store.rate(rating)).toBe('kept');
      expect(await store.rate(rating)).toBe('kept');
      expect(await store.rate({ ...rating, tenant: 'rival' })).toBe('missing');
      expect(await store.rate({ ...rating, run: 'r2' })).toBe('missing');
      expect((await store.run('r1'))?.ratings).toEqual(['{"score":5}']);
    });

    it('are no more than a run may have', async () => {
      const { store } = await open();
      await store.putAgent('d1', '{}');
      await store.create(newRun('r1'));
      const rate = (index: number) =>
        store.rate({ run: 'r1', tenant: 'acme', name: `n${index}`, json: '{}' });
      for (let index = 0; index < 100; index += 1) expect(await rate(index)).toBe('kept');
      expect(await rate(100)).toBe('full');
      expect(await rate(7)).toBe('kept');
    });
  });
}
