import { describe, expect, it } from '@jest/globals';
import { wideBudgetSchema } from './budgets';

describe('a budget over many runs', () => {
  it('is of each and fails runs, unless it says otherwise', () => {
    expect(wideBudgetSchema.parse({ scope: 'tenant', period: 'day', costUsd: 1 })).toEqual({
      ...{ scope: 'tenant', name: '*', period: 'day', costUsd: 1, onLimit: 'fail' },
    });
  });

  it.each([
    ['limits nothing', { scope: 'tenant', period: 'day' }],
    ['counts what nobody knows', { scope: 'city', period: 'day', costUsd: 1 }],
    ['turns each week', { scope: 'tenant', period: 'week', costUsd: 1 }],
    ['names a model without its provider', { scope: 'model', name: 'gpt', period: 'day', costUsd: 1 }],
    ['names an agent that none can be called', { scope: 'agent', name: 'No One', period: 'day', costUsd: 1 }],
    ['is too large to be counted exactly', { scope: 'tenant', period: 'day', costUsd: 1e7 }],
    ['allows nothing', { scope: 'tenant', period: 'day', tokens: 0 }],
  ])('is none that %s', (_what, budget) => {
    expect(wideBudgetSchema.safeParse(budget).success).toBe(false);
  });
});
