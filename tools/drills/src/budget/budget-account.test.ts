import { describe, expect, it } from '@jest/globals';
import { type BudgetAccount, budgetDetail, budgetFault } from './budget-account';

const account = (changes: Partial<BudgetAccount> = {}): BudgetAccount => ({
  ...{ runs: 300, allowed: 100, answered: 95, exhausted: 205, others: [], asked: 99, spent: 100 },
  ...{ heldThen: 40, held: 0, holds: 0 },
  ...changes,
});

describe('a budget that was wanted by many', () => {
  it('is in order when no more was spent and asked than allowed, and nothing is left', () => {
    expect(budgetFault(account())).toBeUndefined();
    expect(budgetDetail(account())).toContain('95 answered, 205 refused, model asked 99 times, 100 spent');
    const whole = { answered: 100, exhausted: 200, asked: 100, heldThen: undefined };
    expect(budgetFault(account(whole))).toBeUndefined();
  });

  it.each<[string, Partial<BudgetAccount>]>([
    ['nothing was held', { heldThen: 0 }],
    ['ended otherwise, the first: LUM_INTERNAL', { others: ['LUM_INTERNAL'] }],
    ['1 runs are not accounted for', { answered: 94 }],
    ['101 calls were spent', { spent: 101 }],
    ['the model was asked 101 times', { asked: 101 }],
    ['98 calls are accounted for', { spent: 98 }],
    ['100 runs were answered', { answered: 100, exhausted: 200 }],
    ['2 reservations are left', { holds: 2 }],
    ['of 1 calls', { held: 1 }],
    ['though nothing was broken', { heldThen: undefined }],
  ])('is not when %s', (words, changes) => {
    expect(budgetFault(account(changes))).toContain(words);
  });
});
