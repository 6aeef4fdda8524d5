import { describe, expect, it } from '@jest/globals';
import type { BudgetShortage, Fact } from '@lumina/contracts';
import type { BudgetAnswer, Occurrence } from './commands';
import { accepted, agentOf, answered, call, toolAnswered } from './testing/run-facts';
import { scenarios } from './testing/scenario';

const given = scenarios((command, expected) => expect(command).toMatchObject(expected as object));
const agent = agentOf({ approvalTimeoutMs: 500 });
const dayEnd = 86_400_000;

const shortage = (changes: Partial<BudgetShortage> = {}): BudgetShortage => ({
  ...{ scope: 'tenant', name: 'acme', period: 'day', amount: 'costUsd', used: 5.5, allowed: 5 },
  ...{ account: 'account:tenant|acme|1970-01-01', resetsAtMs: dayEnd, isCrowded: false, onLimit: 'wait' },
  ...changes,
});
const under = (changes: Partial<BudgetShortage> = {}) => ({
  agent,
  nowMs: 5_000,
  shortage: shortage(changes),
});
const begun: readonly Fact[] = [accepted(), answered(1, [call('a')]), toolAnswered('a')];
const step2: Occurrence = { type: 'step.claimed', step: 2 };
const due: Occurrence = { type: 'budget.due', item: 'budget:2' };
const asked: Fact = {
  ...{ run: 'r', at: 5_000, type: 'budget.asked', item: 'budget:2', scope: 'tenant', amount: 'costUsd' },
  ...{ used: 5.5, allowed: 5, expiresAt: dayEnd + 60_000 },
  wide: { name: 'acme', period: 'day', account: 'account:tenant|acme|1970-01-01', resetsAt: dayEnd },
};
const answers = (changes: Partial<BudgetAnswer>): Occurrence => ({
  type: 'budget.answered',
  answer: { item: 'budget:2', decision: 'grant', by: 'key:1', more: 1, reason: undefined, ...changes },
});

describe('a budget over many runs that is used up', () => {
  it('lets the run wait where it says so, until its period has turned at the least', () => {
    given(...begun)
      .under(under())
      .when(step2)
      .then({
        type: 'advance',
        facts: [asked],
        // It looks for itself long before that.
        open: [{ item: 'budget:2', task: undefined, lookAtMs: 20_000 }],
        nextItem: '',
      });
  });

  it('ends the run where it says so, and says which budget', () => {
    given(...begun)
      .under(under({ onLimit: 'fail' }))
      .when(step2)
      .then({
        type: 'end',
        status: 'failed',
        facts: [
          {
            type: 'run.failed',
            failure: {
              code: 'LUM_BUDGET_EXHAUSTED',
              message: expect.stringMatching(/day's budget of the tenant acme/),
            },
          },
        ],
      });
  });

  it.each([
    [1, 250],
    [2, 500],
    [5, 4_000],
    [50, 4_000],
  ])(
    'is tried again at attempt %d after %d ms while only calls under way stand in the way',
    (attempt, ms) => {
      given(...begun)
        .under({ ...under({ isCrowded: true }), attempt })
        .when(step2)
        .then({ type: 'wait', untilMs: 5_000 + ms });
    },
  );

  it("does not outrank the run's own limits", () => {
    given(accepted({ limits: { ...agent.limits, steps: 1 } }), answered(1, [call('a')]), toolAnswered('a'))
      .under(under())
      .when(step2)
      .then({ facts: [{ failure: { code: 'LUM_STEP_LIMIT' } }] });
  });
});

describe('a run that waits for a budget over many runs', () => {
  it('goes on by itself when there is room again', () => {
    given(...begun, asked)
      .under({ agent, nowMs: 20_000 })
      .when(due)
      .then({
        type: 'advance',
        facts: [{ type: 'budget.freed', item: 'budget:2', scope: 'tenant', amount: 'costUsd' }],
        nextItem: 'step:2~1',
      });
    given(...begun, asked, {
      run: 'r',
      at: 1,
      type: 'budget.freed',
      item: 'budget:2',
      scope: 'tenant',
      amount: 'costUsd',
    })
      .under({ agent, nowMs: 20_000 })
      .when(step2)
      .then({ type: 'ask-model' });
  });

  it('looks again later while there is none, and just after the period has turned', () => {
    const later = given(...begun, asked);
    later
      .under({ ...under(), nowMs: 30_000 })
      .when(due)
      .then({ type: 'wait', untilMs: 45_000 });
    later
      .under({ ...under(), nowMs: dayEnd - 3_000 })
      .when(due)
      .then({ type: 'wait', untilMs: dayEnd + 1_000 });
    later
      .under({ ...under({ isCrowded: true }), nowMs: dayEnd + 2_000 })
      .when(due)
      .then({ type: 'wait', untilMs: dayEnd + 17_000 });
  });

  it('ends when there is no room in time', () => {
    given(...begun, asked)
      .under({ ...under(), nowMs: dayEnd + 60_000 })
      .when(due)
      .then({
        type: 'end',
        facts: [
          { type: 'budget.refused', by: 'expiry', scope: 'tenant' },
          { type: 'run.failed', failure: { code: 'LUM_BUDGET_EXHAUSTED' } },
        ],
      });
  });

  it('is granted more by whoever may add to such budgets: it is the budget that has more then', () => {
    const waiting = given(...begun, asked).under({ agent, nowMs: 6_000 });
    waiting.when(answers({})).then({ type: 'refuse', code: 'LUM_FORBIDDEN' });
    const granted = waiting.when(answers({ mayGrantWide: true }));
    granted.then({
      type: 'advance',
      facts: [{ type: 'budget.granted', scope: 'tenant', more: 1 }],
      grant: { account: 'account:tenant|acme|1970-01-01', amount: 'costUsd', more: 1 },
      close: ['budget:2'],
      nextItem: 'step:2~1',
    });
  });

  it('can be refused by whoever may approve', () => {
    given(...begun, asked)
      .under({ agent, nowMs: 6_000 })
      .when(answers({ decision: 'reject', more: undefined }))
      .then({ type: 'end', facts: [{ type: 'budget.refused' }, { type: 'run.failed' }] });
  });
});
