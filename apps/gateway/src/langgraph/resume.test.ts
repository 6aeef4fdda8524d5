import { describe, expect, it } from '@jest/globals';
import { type RunState, unborn } from '@lumina/agent';
import type { FactOf } from '@lumina/contracts';
import { interruptsOf } from './interrupt';
import { readResume } from './resume';

const run = '99999999-9999-4999-8999-999999999999';

const asked = (index: number): FactOf<'approval.asked'> => ({
  run,
  at: 1,
  type: 'approval.asked',
  item: `ask:1.${index}`,
  callId: `c${index}`,
  why: 'policy',
  argsDigest: `digest-${index}`,
  expiresAt: 10,
});

function resting(count: number, running = 0): RunState {
  const unanswered = Array.from({ length: count + running }, (_, index) => ({
    call: { id: `c${index}`, name: 'shell', args: { index } },
    index,
    generation: 0,
    asked: index < count ? asked(index) : undefined,
  }));
  return { ...unborn(run), phase: { name: 'acting', step: 1, unanswered } };
}

const shortAsk: FactOf<'budget.asked'> = {
  ...{ run, at: 1, type: 'budget.asked', item: 'budget:2', scope: 'run' },
  ...{ amount: 'costUsd', used: 5.1, allowed: 5, expiresAt: 10 },
};
const short: RunState = {
  ...unborn(run),
  phase: {
    name: 'waiting',
    step: 2,
    asked: shortAsk,
  },
};

const decisions = (...list: readonly unknown[]) => ({ resume: { decisions: list } });

describe('readResume', () => {
  it('takes one decision for each call that waits, in their order, for exactly what was proposed', () => {
    const command = decisions(
      { type: 'approve' },
      { type: 'edit', edited_action: { name: 'shell', args: { safe: true } } },
      { type: 'reject', message: 'no' },
    );
    const answers = [
      {
        item: 'ask:1.0',
        argsDigest: 'digest-0',
        by: 'key:1',
        decision: 'approve',
        args: undefined,
        reason: undefined,
      },
      {
        item: 'ask:1.1',
        argsDigest: 'digest-1',
        by: 'key:1',
        decision: 'edit',
        args: { safe: true },
        reason: undefined,
      },
      {
        item: 'ask:1.2',
        argsDigest: 'digest-2',
        by: 'key:1',
        decision: 'reject',
        args: undefined,
        reason: 'no',
      },
    ];
    expect(readResume(command, [resting(3)], 'key:1')).toEqual([{ kind: 'approvals', run, answers }]);
  });

  it.each([
    [decisions(), 'command.resume.decisions'],
    [decisions({ type: 'approve' }, { type: 'approve' }), 'command.resume.decisions'],
    [{ resume: 'yes' }, 'command.resume.decisions'],
    [decisions({ type: 'maybe' }), 'command.resume.decisions.0.type'],
    [decisions({ type: 'edit' }), 'command.resume.decisions.0.edited_action.args'],
    [decisions(null), 'command.resume.decisions.0.type'],
  ])('names the place that is wrong: %j', (command, field) => {
    expect(() => readResume(command, [resting(1)], 'key:1')).toThrow(
      expect.objectContaining({
        code: 'LUM_VALIDATION_FAILED',
        fields: [expect.objectContaining({ field })],
      }),
    );
  });

  it('takes one decision about a budget that is used up', () => {
    const about = { item: 'budget:2', by: 'key:1' };
    const grant = decisions({ type: 'grant', more: 2.5, message: 'go on' });
    expect(readResume(grant, [short], 'key:1')).toEqual([
      { kind: 'budget', run, answer: { ...about, decision: 'grant', more: 2.5, reason: 'go on' } },
    ]);
    expect(readResume(decisions({ type: 'reject' }), [short], 'key:1')).toEqual([
      { kind: 'budget', run, answer: { ...about, decision: 'reject', more: undefined, reason: undefined } },
    ]);
  });

  it.each([
    [decisions(), 'command.resume.decisions'],
    [decisions({ type: 'approve' }), 'command.resume.decisions.0.type'],
    [decisions({ type: 'grant' }), 'command.resume.decisions.0.more'],
    [decisions({ type: 'grant', more: '2' }), 'command.resume.decisions.0.more'],
    [decisions({ type: 'reject' }, { type: 'reject' }), 'command.resume.decisions'],
    [{ resume: 'more' }, 'command.resume.decisions'],
  ])('names the place that is wrong about a budget: %j', (command, field) => {
    expect(() => readResume(command, [short], 'key:1')).toThrow(
      expect.objectContaining({ fields: [expect.objectContaining({ field })] }),
    );
  });

  it('takes the decisions about a family of runs in the order in which they are shown', () => {
    const other = 'cccccccc-cccc-4ccc-8ccc-cccccccccccc';
    const child: RunState = { ...short, run: other };
    const inOther = { ...child, phase: { ...short.phase, asked: { ...shortAsk, run: other } } } as RunState;
    const command = decisions({ type: 'approve' }, { type: 'reject' }, { type: 'grant', more: 1 });
    expect(readResume(command, [resting(2), inOther], 'key:1')).toMatchObject([
      { run, answers: [{ item: 'ask:1.0' }, { item: 'ask:1.1', decision: 'reject' }] },
      { run: other, answer: { item: 'budget:2', decision: 'grant', more: 1 } },
    ]);
    expect(() => readResume(decisions({ type: 'approve' }), [resting(1), inOther], 'key:1')).toThrow(
      /2 decisions/,
    );
  });

  it('says that nothing waits', () => {
    expect(() => readResume(decisions({ type: 'approve' }), [unborn(run)], 'key:1')).toThrow(
      expect.objectContaining({ code: 'LUM_APPROVAL_NOT_PENDING' }),
    );
  });
});

describe('interruptsOf', () => {
  it('shows a budget that is used up as an action to decide about', () => {
    expect(interruptsOf(short)).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        value: {
          action_requests: [
            { name: 'budget', args: { scope: 'run', amount: 'costUsd', used: 5.1, allowed: 5 } },
          ],
          review_configs: [{ action_name: 'budget', allowed_decisions: ['grant', 'reject'] }],
        },
      },
    ]);
  });

  it('shows one interrupt with every call that waits, once nothing else is under way', () => {
    const [interrupt, ...others] = interruptsOf(resting(2));
    expect(others).toEqual([]);
    expect(interrupt?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(interrupt?.value).toEqual({
      action_requests: [
        { name: 'shell', args: { index: 0 } },
        { name: 'shell', args: { index: 1 } },
      ],
      review_configs: [
        { action_name: 'shell', allowed_decisions: ['approve', 'edit', 'reject'] },
        { action_name: 'shell', allowed_decisions: ['approve', 'edit', 'reject'] },
      ],
    });
  });

  it('shows none while other calls are still under way, or none waits', () => {
    expect(interruptsOf(resting(1, 1))).toEqual([]);
    expect(interruptsOf(resting(0, 1))).toEqual([]);
    expect(interruptsOf(unborn(run))).toEqual([]);
  });
});
