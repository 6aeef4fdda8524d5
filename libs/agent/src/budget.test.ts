import { describe, expect, it } from '@jest/globals';
import type { Fact } from '@lumina/contracts';
import type { BudgetAnswer, Occurrence } from './commands';
import { decide, occurrenceOf } from './decide';
import { foldRun } from './run-state';
import {
  accepted,
  agentOf,
  answered,
  call,
  circumstances,
  journalOf,
  limitsOf,
  toolAnswered,
} from './testing/run-facts';
import { scenarios } from './testing/scenario';

const given = scenarios((command, expected) => expect(command).toMatchObject(expected as object));
const agent = agentOf({ onLimit: 'wait', approvalTimeoutMs: 500 });
const waits = { agent, nowMs: 5_000 };

/** One step, of 15 tokens and 0.01 dollars, is behind it. */
const afterOneStep = (limits: Parameters<typeof limitsOf>[0]): readonly Fact[] => [
  accepted({ limits: limitsOf(limits) }),
  answered(1, [call('a')]),
  toolAnswered('a'),
];
const poor = afterOneStep({ costUsd: 0.01 });
const tight = afterOneStep({ tokens: 15 });
const asked = (changes: object = {}): Fact => ({
  ...{ run: 'r', at: 5_000, type: 'budget.asked', item: 'budget:2', scope: 'run' },
  ...{ amount: 'costUsd', used: 0.01, allowed: 0.01, expiresAt: 5_500 },
  ...changes,
});
const step2: Occurrence = { type: 'step.claimed', step: 2 };
const answers = (changes: Partial<BudgetAnswer>): Occurrence => ({
  type: 'budget.answered',
  answer: { item: 'budget:2', decision: 'grant', by: 'key:1', more: 1, reason: undefined, ...changes },
});
const due: Occurrence = { type: 'budget.due', item: 'budget:2' };

describe('a run that has used up a budget', () => {
  it.each([
    ['money', poor, 'costUsd', 0.01],
    ['tokens', tight, 'tokens', 15],
  ])('of %s waits, where its agent says so', (_, facts, amount, used) => {
    given(...facts)
      .under(waits)
      .when(step2)
      .then({
        type: 'advance',
        facts: [
          {
            type: 'budget.asked',
            item: 'budget:2',
            scope: 'run',
            amount,
            used,
            allowed: used,
            expiresAt: 5_500,
          },
        ],
        close: [],
        open: [{ item: 'budget:2', task: undefined, lookAtMs: 5_500 }],
      });
  });

  it.each([undefined, 'fail' as const])('fails where its agent says %s', (onLimit) => {
    const { onLimit: _, ...plain } = agent;
    const changed = onLimit === undefined ? plain : { ...plain, onLimit };
    given(...poor)
      .under({ agent: changed })
      .when(step2)
      .then({ type: 'end', facts: [{ type: 'run.failed', failure: { code: 'LUM_COST_LIMIT' } }] });
  });

  it.each([
    ['steps', { steps: 1 }, 'LUM_STEP_LIMIT'],
    ['wall time', { wallTimeMs: 100 }, 'LUM_WALL_TIME_LIMIT'],
  ])('waits for no other limit: %s', (_, limits, code) => {
    given(...afterOneStep({ ...limits, costUsd: 0.01 }))
      .under(waits)
      .when(step2)
      .then({ type: 'end', facts: [{ failure: { code } }] });
  });

  it('that was cancelled does not ask', () => {
    const cancel: Fact = { run: 'r', at: 4_000, type: 'cancel.requested', by: 'key', isRollback: false };
    given(...poor, cancel)
      .under(waits)
      .when(step2)
      .then({ type: 'end', status: 'cancelled' });
  });
});

describe('a grant', () => {
  it('is on record, raises the limit and begins the step under a new name', () => {
    const { command } = given(...poor, asked())
      .under(waits)
      .when(answers({ more: 0.5, reason: 'it is worth it' }));
    expect(command).toEqual({
      type: 'advance',
      facts: [
        {
          ...{ run: 'r', at: 5_000, type: 'budget.granted', item: 'budget:2', scope: 'run' },
          ...{ amount: 'costUsd', by: 'key:1', more: 0.5, reason: 'it is worth it' },
        },
      ],
      close: ['budget:2'],
      open: [],
      nextItem: 'step:2~1',
    });
    const facts = command.type === 'advance' ? command.facts : [];
    const state = foldRun('r', journalOf([...poor, asked(), ...facts]));
    expect(state).toMatchObject({
      phase: { name: 'thinking', step: 2 },
      limits: { costUsd: 0.51 },
      grants: 1,
    });
    expect(decide(state, occurrenceOf('step:2~1'), circumstances(waits))).toMatchObject({
      type: 'ask-model',
    });
  });

  it('of one budget leaves the other: the run asks again, under another name', () => {
    const both = afterOneStep({ costUsd: 0.01, tokens: 15 });
    const granted: Fact = {
      ...{ run: 'r', at: 5_100, type: 'budget.granted', item: 'budget:2', scope: 'run' },
      ...{ amount: 'tokens', by: 'key:1', more: 100 },
    };
    given(...both, asked({ amount: 'tokens', used: 15, allowed: 15 }), granted)
      .under(waits)
      .when(step2)
      .then({ facts: [{ type: 'budget.asked', amount: 'costUsd', item: 'budget:2~1' }] });
  });

  it.each<[string, Partial<BudgetAnswer>]>([
    ['nothing', { more: undefined }],
    ['zero', { more: 0 }],
    ['less than nothing', { more: -1 }],
    ['what is no number', { more: Number.NaN }],
    ['more than can be counted', { more: 1e300 }],
  ])('of %s is refused', (_, changes) => {
    given(...poor, asked())
      .under(waits)
      .when(answers(changes))
      .then({ type: 'refuse', code: 'LUM_VALIDATION_FAILED' });
  });

  it('that would not let the run go on is refused, and says by how much', () => {
    given(...poor, asked({ used: 0.9 }))
      .under(waits)
      .when(answers({ more: 0.1 }))
      .then({ type: 'refuse', message: expect.stringContaining('0.9') });
    given(...tight, asked({ amount: 'tokens', used: 15, allowed: 15 }))
      .under(waits)
      .when(answers({ more: 0.5 }))
      .then({ type: 'refuse', message: expect.stringContaining('whole numbers') });
  });

  it('counts once, for the question that it names, in time', () => {
    const granted: Fact = {
      ...{ run: 'r', at: 5_100, type: 'budget.granted', item: 'budget:2', scope: 'run' },
      ...{ amount: 'costUsd', by: 'key:1', more: 1 },
    };
    const notPending = { type: 'refuse', code: 'LUM_APPROVAL_NOT_PENDING' };
    given(...poor, asked(), granted)
      .under(waits)
      .when(answers({}))
      .then(notPending);
    given(...poor, asked({ item: 'budget:2~1' }))
      .under(waits)
      .when(answers({}))
      .then(notPending);
    given(...poor, asked())
      .under({ ...waits, nowMs: 5_500 })
      .when(answers({}))
      .then({ type: 'refuse', code: 'LUM_APPROVAL_EXPIRED' });
  });
});

describe('a run that is granted nothing', () => {
  it('ends at its limit when a person refuses', () => {
    given(...poor, asked())
      .under(waits)
      .when(answers({ decision: 'reject', more: undefined, reason: 'too dear' }))
      .then({
        type: 'end',
        status: 'failed',
        facts: [
          { type: 'budget.refused', by: 'key:1', reason: 'too dear' },
          {
            type: 'run.failed',
            failure: {
              code: 'LUM_COST_LIMIT',
              message: expect.stringContaining('asked for more and refused'),
            },
          },
        ],
        close: ['budget:2'],
      });
  });

  it('ends at its limit when nobody decides in time, and not before', () => {
    const waiting = given(...poor, asked());
    waiting
      .under({ ...waits, nowMs: 5_499 })
      .when(due)
      .then({ type: 'wait', untilMs: 5_500 });
    waiting
      .under({ ...waits, nowMs: 5_500 })
      .when(due)
      .then({
        type: 'end',
        facts: [{ type: 'budget.refused', by: 'expiry' }, { failure: { code: 'LUM_COST_LIMIT' } }],
      });
  });

  it('ends at once when it is cancelled', () => {
    given(...poor, asked())
      .under(waits)
      .when({
        ...{ type: 'cancel.asked', by: 'key', reason: undefined, isRollback: false },
        openItems: ['budget:2'],
      })
      .then({ type: 'end', status: 'cancelled', close: ['budget:2'] });
  });

  it('ends when it was cancelled while it asked', () => {
    const cancel: Fact = { run: 'r', at: 4_999, type: 'cancel.requested', by: 'key', isRollback: false };
    given(...poor, cancel, asked())
      .under(waits)
      .when(due)
      .then({ type: 'end', status: 'cancelled' });
  });

  it('tells its parent, where it is a subagent`s', () => {
    const parent = { run: 'p', thread: 't', item: 'child:1.0', callId: 'c', messageId: 'm', nextStep: 2 };
    const [, ...rest] = poor;
    given(accepted({ limits: limitsOf({ costUsd: 0.01 }), depth: 1, parent }), ...rest, asked())
      .under(waits)
      .when(answers({ decision: 'reject', more: undefined }))
      .then({ type: 'end', parentAnswer: { run: 'p', message: { isError: true } } });
  });
});
