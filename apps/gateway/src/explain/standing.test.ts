import { describe, expect, it } from '@jest/globals';
import type { EndedStatus, Fact, FactOf } from '@lumina/contracts';
import { foldRun } from '@lumina/agent';
import { type ItemSnapshot, type RunSnapshot, childIds } from '@lumina/store';
import type { Family } from '../interventions/family';
import { accepted, answered, failed, journalOf, run, runSnapshot, succeeded } from '../testing/facts';
import { type Explanation, explain } from './explanation';

const nowMs = 100_000;
const item = (name: string, changes: Partial<ItemSnapshot> = {}): ItemSnapshot => ({
  ...{ item: name, isOpen: true, epoch: 0, owner: undefined, leaseUntilMs: undefined, rings: 0 },
  ...changes,
});
const held = (name: string, leaseUntilMs = nowMs + 500): ItemSnapshot =>
  item(name, { epoch: 1, owner: 'worker-1', leaseUntilMs });
const silent = (name: string): ItemSnapshot => held(name, nowMs - 500);

type Why = FactOf<'approval.asked'>['why'];
const asked = (index: number, why: Why = 'policy', expiresAt = nowMs + 60_000): Fact => ({
  ...{ run, at: 5_000, type: 'approval.asked', item: `ask:1.${index}`, callId: `c${index}` },
  ...{ why, argsDigest: 'd', expiresAt },
});
const given = (index: number): Fact => ({
  ...{ run, at: 6_000, type: 'approval.given', item: `ask:1.${index}`, callId: `c${index}` },
  ...{ decision: 'approve', by: 'key:1', argsDigest: 'd' },
});
const about = { run, item: 'budget:2', scope: 'run', amount: 'costUsd' } as const;
const short = (changes: { expiresAt?: number; amount?: 'tokens' } = {}): Fact => ({
  ...{ ...about, at: 5_000, type: 'budget.asked', used: 5.25, allowed: 5, expiresAt: nowMs + 60_000 },
  ...changes,
});
const granted: Fact = { ...about, at: 6_000, type: 'budget.granted', by: 'key:1', more: 2.5 };
const refused: Fact = { ...about, at: 6_000, type: 'budget.refused', by: 'expiry' };
const cancelling: Fact = { run, at: 7_000, type: 'cancel.requested', by: 'key:1', isRollback: false };
const expired: Fact = {
  ...{ run, at: 8_000, type: 'run.expired' },
  failure: { code: 'LUM_WALL_TIME_LIMIT', message: 'too long' },
};
const thinking = [accepted()];
const acting = [accepted(), answered({ calls: ['c0', 'c1'] })];

const toSubagent = answered({ calls: ['c0'] });
const delegating: readonly Fact[] = [
  accepted(),
  {
    ...toSubagent,
    message: { ...toSubagent.message, toolCalls: [{ id: 'c0', name: 'delegate', args: {} }] },
  },
];
const child = childIds(run, 'child:1.0').run;
const restingChild = foldRun(
  child,
  journalOf(...[...thinking, short()].map((fact) => ({ ...fact, run: child }))),
);

interface Case {
  readonly facts: readonly Fact[];
  readonly items?: readonly ItemSnapshot[];
  readonly activeRun?: string;
  readonly status?: RunSnapshot['status'];
  readonly children?: readonly Family[];
}

const explained = ({
  facts,
  items = [],
  activeRun = run,
  status = 'running',
  children = [],
}: Case): Explanation =>
  explain(runSnapshot({ items, status }), journalOf(...facts), { nowMs, activeRun, children });

const asks = (...indexes: readonly number[]) => indexes.map((index) => item(`ask:1.${index}`));

/** Every state in which a run can rest: what it says, what it waits for, and what is to be done. */
const table: readonly (readonly [string, Case, RegExp, string | RegExp | undefined, RegExp])[] = [
  [
    'queued behind another run',
    { facts: [], status: 'queued', activeRun: 'r0' },
    /its thread/,
    /run r0/,
    /explain r0/,
  ],
  [
    "queued for its tenant's turn",
    { facts: [], status: 'queued' },
    /in line/,
    /to end/,
    /LUMINA_TENANT_MAX_RUNS/,
  ],
  [
    'thinking, untaken',
    { facts: thinking, items: [item('step:1')] },
    /No worker has taken step:1/,
    /orchestrator/,
    /status/,
  ],
  [
    'thinking, held',
    { facts: thinking, items: [held('step:1')] },
    /asking the model/,
    /model's answer/,
    /Wait/,
  ],
  [
    'thinking, silent',
    { facts: thinking, items: [silent('step:1')] },
    /fell silent/,
    /take over step:1/,
    /status/,
  ],
  [
    'acting, untaken',
    { facts: acting, items: [item('call:1.0')] },
    /taken call:1.0 yet/,
    /tool-executor/,
    /status/,
  ],
  [
    'acting, held',
    { facts: acting, items: [held('call:1.0')] },
    /running: read_file, read_file\./,
    /tools read_file/,
    /Wait/,
  ],
  [
    'acting, silent',
    { facts: acting, items: [silent('call:1.0')] },
    /fell silent/,
    /take over call:1.0/,
    /status/,
  ],
  [
    'a subagent',
    { facts: delegating, items: [item('child:1.0')] },
    /for a subagent\.$/,
    `run ${child}`,
    new RegExp(`explain ${child}`),
  ],
  [
    'a subagent that waits for a person',
    { facts: delegating, items: [item('child:1.0')], children: [{ state: restingChild, children: [] }] },
    /for a subagent, and that for a person/,
    `run ${child}`,
    new RegExp(`Decide: explain ${child}`),
  ],
  [
    'a subagent that is being started',
    { facts: acting, items: [held('child:1.0')] },
    /starting a subagent/,
    /start of a/,
    /Wait/,
  ],
  [
    'approval',
    { facts: [...acting, asked(0)], items: asks(0) },
    /whether read_file may run/,
    'approval',
    /approvals/,
  ],
  [
    'outcome_unknown',
    { facts: [...acting, asked(0, 'outcome_unknown')], items: asks(0) },
    /unknown whether read_file had/,
    'outcome_unknown',
    /approvals/,
  ],
  [
    'input',
    { facts: [...acting, asked(0, 'input')], items: asks(0) },
    /asked a question/,
    'input',
    /approvals/,
  ],
  [
    'several reasons',
    { facts: [...acting, asked(0), asked(1, 'outcome_unknown')], items: asks(0, 1) },
    /whether read_file may run\. A crash left unknown whether read_file had/,
    'approval',
    /approvals/,
  ],
  [
    'approval, with a subagent at work',
    { facts: [...acting, asked(0)], items: [...asks(0), item('child:1.1')] },
    /may run/,
    'approval',
    /approvals/,
  ],
  [
    'approval, with a call that nobody has taken',
    { facts: [...acting, asked(0)], items: [...asks(0), item('call:1.1')] },
    /^No worker has taken call:1\.1 yet/,
    /tool-executor/,
    /status/,
  ],
  [
    'approval, with another call at work',
    { facts: [...acting, asked(0)], items: [...asks(0), held('call:1.1')] },
    /^Tools are running: read_file\.$/,
    'the tools read_file',
    /Wait/,
  ],
  [
    'approval whose time is over',
    { facts: [...acting, asked(0, 'policy', nowMs)], items: asks(0) },
    /Nobody decided about read_file in time/,
    /orchestrator/,
    /status/,
  ],
  [
    'approval whose time is over, held',
    { facts: [...acting, asked(0, 'policy', nowMs)], items: [held('ask:1.0')] },
    /looking whether a person/,
    /decision/,
    /Wait/,
  ],
  [
    'a decision made a moment ago',
    { facts: [...acting, asked(0), given(0)], items: asks(0) },
    /has decided/,
    /follows/,
    /again/,
  ],
  [
    'budget',
    { facts: [...thinking, short()], items: [item('budget:2')] },
    /has used 5\.2500 US dollars of 5; a person must grant more or refuse/,
    'budget',
    /POST \/runs\/.*\/budget.*cancel/,
  ],
  [
    'budget of tokens',
    { facts: [...thinking, short({ amount: 'tokens' })], items: [item('budget:2')] },
    /5\.25 tokens of 5/,
    'budget',
    /budget/,
  ],
  [
    'budget whose time is over',
    { facts: [...thinking, short({ expiresAt: nowMs })], items: [item('budget:2')] },
    /Nobody granted more budget in time/,
    /orchestrator/,
    /status/,
  ],
  [
    'budget whose time is over, held',
    { facts: [...thinking, short({ expiresAt: nowMs })], items: [held('budget:2')] },
    /looking whether a person has granted/,
    /decision/,
    /Wait/,
  ],
  [
    'budget that was granted a moment ago',
    { facts: [...thinking, short(), granted], items: [item('budget:2')] },
    /has decided/,
    /follows/,
    /again/,
  ],
  [
    'being cancelled, with a tool at work',
    { facts: [...acting, cancelling], items: [held('call:1.0')] },
    /being cancelled\. Tools are running/,
    /tools/,
    /Wait/,
  ],
  [
    'being cancelled, with a step that nobody has taken',
    { facts: [...thinking, cancelling], items: [item('step:1')] },
    /being cancelled\. No worker/,
    /orchestrator/,
    /status/,
  ],
  ['between two items', { facts: thinking }, /what comes next/, /orchestrator/, /status/],
  [
    'succeeded',
    { facts: [...thinking, succeeded()], status: 'succeeded' },
    /has succeeded/,
    undefined,
    /Nothing/,
  ],
  [
    'failed',
    { facts: [...thinking, failed()], status: 'failed' },
    /has failed: too many/,
    undefined,
    /LUM_STEP_LIMIT/,
  ],
  [
    'cancelled',
    { facts: [...thinking, cancelling, { run, at: 9_000, type: 'run.cancelled' }], status: 'cancelled' },
    /was cancelled/,
    undefined,
    /timeline/,
  ],
  [
    'expired',
    { facts: [...thinking, expired], status: 'expired' },
    /out of time/,
    undefined,
    /LUM_WALL_TIME_LIMIT/,
  ],
];

describe('a run that rests', () => {
  const cases = table.map(([state, situation, ...said]) => [state, situation, said] as const);
  it.each(cases)('%s', (_state, situation, [summary, waitsFor, whatToDo]) => {
    const explanation = explained(situation);
    expect(explanation.summary).toMatch(summary);
    expect(explanation.what_to_do).toMatch(whatToDo);
    if (waitsFor === undefined) expect(explanation).not.toHaveProperty('waits_for');
    else if (typeof waitsFor === 'string') expect(explanation.waits_for?.what).toBe(waitsFor);
    else expect(explanation.waits_for?.what).toMatch(waitsFor);
  });

  it('is said until when: the first proposal that expires', () => {
    const facts = [...acting, asked(0, 'policy', nowMs + 9_000), asked(1, 'policy', nowMs + 4_000)];
    expect(explained({ facts, items: asks(0, 1) }).waits_for).toEqual({
      ...{ what: 'approval', since: '1970-01-01T00:00:05.000Z', until: '1970-01-01T00:01:44.000Z' },
    });
  });

  it('is looked at here in every way of ending, and with every kind of item', () => {
    const statuses = new Set(table.map(([, { status = 'running' }]) => status));
    const ends: Record<EndedStatus, true> = { succeeded: true, failed: true, cancelled: true, expired: true };
    expect([...statuses].sort()).toEqual([...Object.keys(ends), 'queued', 'running'].sort());
    const kinds = new Set(
      table.flatMap(([, { items = [] }]) => items.map(({ item: name }) => name.split(':')[0])),
    );
    expect([...kinds].sort()).toEqual(['ask', 'budget', 'call', 'child', 'step']);
  });

  it('counts as waiting while it waits for people only', () => {
    const status = (...facts: readonly Fact[]) => explained({ facts, items: [item('budget:2')] }).status;
    expect(status(...thinking, short())).toBe('waiting');
    expect(status(...acting, asked(0), asked(1))).toBe('waiting');
    expect(status(...acting, asked(0))).toBe('running');
    expect(status(...thinking, short(), granted)).toBe('running');
  });

  it('has a timeline that tells of budgets', () => {
    const { timeline } = explained({ facts: [...thinking, short(), granted, short(), refused] });
    expect(timeline.slice(1).map(({ what, detail }) => `${what} (${detail ?? ''})`)).toEqual([
      'a person is asked for more budget (budget:2, 5.2500 US dollars of 5 used, until 1970-01-01T00:02:40.000Z)',
      'more budget was granted (budget:2, 2.5000 US dollars more, by key:1)',
      'a person is asked for more budget (budget:2, 5.2500 US dollars of 5 used, until 1970-01-01T00:02:40.000Z)',
      'more budget was refused (budget:2, by expiry)',
    ]);
  });

  it('has a timeline that tells of each decision and cancellation', () => {
    const cut = answered({ id: 'm2', step: 2, content: 'half' }).message;
    const facts: readonly Fact[] = [
      ...[...acting, asked(0), given(0), cancelling],
      { run, at: 8_000, type: 'model.cut', step: 2, message: cut },
      { run, at: 9_000, type: 'run.cancelled' },
    ];
    const { timeline } = explained({ facts, status: 'cancelled' });
    expect(timeline.slice(2).map(({ what, detail }) => `${what} (${detail ?? ''})`)).toEqual([
      'a person is asked (ask:1.0, policy, until 1970-01-01T00:02:40.000Z)',
      'decided: approve (ask:1.0, by key:1)',
      'cancellation asked for (by key:1)',
      'the model was cut off (step 2)',
      'cancelled ()',
    ]);
  });
});
