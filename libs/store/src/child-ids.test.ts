import { describe, expect, it } from '@jest/globals';
import { childIds } from './child-ids';

const parent = '11111111-1111-4111-8111-111111111111';

describe('childIds', () => {
  it('are the same whenever the same item is started, for ever', () => {
    expect(childIds(parent, 'child:1.0')).toEqual(childIds(parent, 'child:1.0'));
    expect(childIds(parent, 'child:1.0')).toMatchInlineSnapshot(`
      {
        "run": "81f058e0-96a2-5d35-9664-80ba5647c90f",
        "thread": "07e0eddc-919b-53fe-bcae-5e801b18f3a4",
      }
    `);
  });

  it('are the ids of nothing else: each item and each parent has its own, and a thread is no run', () => {
    const ids = [parent, '22222222-2222-4222-8222-222222222222'].flatMap((run) =>
      ['child:1.0', 'child:1.1', 'child:1.0~1', 'child:2.0'].flatMap((item) => {
        const { run: child, thread } = childIds(run, item);
        return [child, thread];
      }),
    );
    expect(new Set(ids).size).toBe(16);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
