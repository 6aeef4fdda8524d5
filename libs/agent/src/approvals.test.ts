import { describe, expect, it } from '@jest/globals';
import type { Fact, FactOf } from '@lumina/contracts';
import type { ApprovalAnswer, Occurrence } from './commands';
import { outcomeUnknown } from './outcome-unknown';
import { foldRun } from './run-state';
import {
  accepted,
  agentOf,
  answered,
  call,
  circumstances,
  journalOf,
  toolAnswered,
} from './testing/run-facts';
import { scenarios } from './testing/scenario';

const given = scenarios((command, expected) => expect(command).toMatchObject(expected as object));
const digest = '#{"path":"a"}';
const asked = (changes: Partial<FactOf<'approval.asked'>> = {}): Fact => ({
  run: 'r',
  at: 1,
  type: 'approval.asked',
  item: 'ask:1.0',
  callId: 'a',
  why: 'policy',
  argsDigest: digest,
  expiresAt: 9_000,
  ...changes,
});
const waiting = [accepted(), answered(1, [call('a', 'run_command'), call('b')]), asked()];
const unknown = [accepted(), answered(1, [call('a', 'run_command')]), asked({ why: 'outcome_unknown' })];
const decides = (
  decision: ApprovalAnswer['decision'],
  changes: Partial<ApprovalAnswer> = {},
): Occurrence => ({
  type: 'approval.answered',
  answers: [answerOf(decision, changes)],
});
const answerOf = (
  decision: ApprovalAnswer['decision'],
  changes: Partial<ApprovalAnswer> = {},
): ApprovalAnswer => ({
  ...{ item: 'ask:1.0', decision, by: 'key', argsDigest: digest },
  ...{ args: undefined, reason: undefined },
  ...changes,
});

describe('a decision about a call', () => {
  it('has it run when it approves', () => {
    given(...waiting)
      .when(decides('approve'))
      .then({
        type: 'advance',
        facts: [{ type: 'approval.given', decision: 'approve', by: 'key', argsDigest: digest, callId: 'a' }],
        close: ['ask:1.0'],
        open: [{ item: 'call:1.0~1', task: { tool: 'run_command', args: { path: 'a' } } }],
        nextItem: 'step:2',
      });
  });

  it('has it run with the new arguments when it edits, on record with their own digest', () => {
    given(...waiting)
      .when(decides('edit', { args: { path: 'z' } }))
      .then({
        facts: [
          { type: 'approval.given', decision: 'edit', args: { path: 'z' }, argsDigest: '#{"path":"z"}' },
        ],
        open: [{ item: 'call:1.0~1', task: { args: { path: 'z' } } }],
      });
  });

  it('tells the model when it rejects, and why', () => {
    given(...waiting)
      .when(decides('reject', { reason: 'too risky' }))
      .then({
        facts: [
          { type: 'approval.given', reason: 'too risky' },
          {
            type: 'tool.answered',
            attempt: 0,
            message: { toolCallId: 'a', content: 'Error: a person refused this call: too risky' },
          },
        ],
        close: ['ask:1.0'],
        open: [],
      });
  });

  it('counts without a digest, where the client cannot say', () => {
    given(...waiting)
      .when(decides('approve', { argsDigest: undefined }))
      .then({ type: 'advance' });
  });

  it('starts the subagent that it approves, and refuses one that there is not', () => {
    const delegation = (agent: string) => [
      accepted(),
      answered(1, [call('a', 'delegate', { agent, task: 't' })]),
      asked(),
    ];
    given(...delegation('coder'))
      .when(decides('approve'))
      .then({ open: [{ item: 'child:1.0~1', task: { agent: 'coder' } }] });
    given(...delegation('x'))
      .when(decides('approve'))
      .then({ open: [], facts: [{}, { message: { content: expect.stringContaining('no subagent "x"') } }] });
  });

  it.each([
    ['another item', decides('approve', { item: 'ask:1.1' }), 'LUM_APPROVAL_NOT_PENDING'],
    ['other arguments than are proposed', decides('approve', { argsDigest: '#{}' }), 'LUM_APPROVAL_ALTERED'],
    ['new arguments that it does not give', decides('edit'), 'LUM_VALIDATION_FAILED'],
    ['running again what was never run', decides('retry'), 'LUM_VALIDATION_FAILED'],
  ])('is refused when it is about %s', (_, decision, code) => {
    given(...waiting)
      .when(decision)
      .then({ type: 'refuse', code });
  });

  it('is refused when it comes too late', () => {
    given(...waiting)
      .under({ nowMs: 9_000 })
      .when(decides('approve'))
      .then({ type: 'refuse', code: 'LUM_APPROVAL_EXPIRED' });
    given(...waiting)
      .under({ nowMs: 8_999 })
      .when(decides('approve'))
      .then({ type: 'advance' });
  });

  it('counts once', () => {
    const { command } = given(...waiting).when(decides('approve'));
    if (command.type !== 'advance') throw new Error('not decided');
    given(...waiting, ...command.facts)
      .when(decides('reject'))
      .then({ type: 'refuse', code: 'LUM_APPROVAL_NOT_PENDING' });
  });

  it('is refused when nothing waits', () => {
    given(accepted()).when(decides('approve')).then({ type: 'refuse', code: 'LUM_APPROVAL_NOT_PENDING' });
  });
});

describe('when nobody decides', () => {
  const due: Occurrence = { type: 'approval.due', item: 'ask:1.0' };
  it('waits until the proposal expires', () => {
    given(...waiting)
      .when(due)
      .then({ type: 'wait', untilMs: 9_000 });
  });
  it('the call counts as refused', () => {
    given(...waiting)
      .under({ nowMs: 9_000 })
      .when(due)
      .then({
        facts: [
          { type: 'approval.given', decision: 'expire', by: 'expiry' },
          { message: { content: expect.stringContaining('nobody approved this call in time') } },
        ],
        close: ['ask:1.0'],
      });
  });
  it('an unknown outcome stays unknown', () => {
    given(...unknown)
      .under({ nowMs: 9_000 })
      .when(due)
      .then({ facts: [{}, { message: { content: expect.stringContaining('nobody said in time') } }] });
  });
  it('nothing is left to do once it was decided', () => {
    given(accepted(), answered(1, [call('b')]))
      .when(due)
      .then({ type: 'nothing' });
  });
});

describe('a call whose outcome is unknown', () => {
  it('is run again only if a person says so', () => {
    given(...unknown)
      .when(decides('retry'))
      .then({ open: [{ item: 'call:1.0~1' }] });
  });
  it('is told as it is when a person has looked', () => {
    given(...unknown)
      .when(decides('reject', { reason: 'it was sent' }))
      .then({
        facts: [{}, { message: { content: expect.stringContaining('a person looked: it was sent') } }],
      });
  });

  const about = (onUnknownOutcome: 'ask-person' | 'tell-model', facts: readonly Fact[]) =>
    outcomeUnknown(
      foldRun('r', journalOf(facts)),
      { callId: 'a', onUnknownOutcome, approvalTimeoutMs: 10 },
      circumstances(),
    );
  const acting = [accepted(), answered(1, [call('a', 'run_command')])];
  const cancel: Fact = { run: 'r', at: 1, type: 'cancel.requested', by: 'key', isRollback: false };

  it('goes to a person', () => {
    expect(about('ask-person', acting)).toMatchObject({
      facts: [{ type: 'approval.asked', why: 'outcome_unknown', expiresAt: 5_010 }],
      open: [{ item: 'ask:1.0', lookAtMs: 5_010 }],
    });
  });
  it.each([
    ['where the agent says so', 'tell-model' as const, acting],
    ['where the run is being cancelled', 'ask-person' as const, [...acting, cancel]],
  ])('goes to the model %s', (_, whom, facts) => {
    expect(about(whom, facts)).toMatchObject({
      facts: [{ type: 'tool.answered', message: { isError: true } }],
      open: [],
      nextItem: 'step:2',
    });
  });
  it('is no question any more when the call was answered', () => {
    expect(about('ask-person', [...acting, toolAnswered('a')])).toBeUndefined();
    expect(about('ask-person', [accepted(), answered(1, [call('b')])])).toBeUndefined();
  });
});

it('approvals are asked again for a call that was decided and whose outcome then became unknown', () => {
  const { command } = given(...waiting)
    .under({ agent: agentOf() })
    .when(decides('approve'));
  if (command.type !== 'advance') throw new Error('not decided');
  const state = foldRun('r', journalOf([...waiting, ...command.facts]));
  const again = outcomeUnknown(
    state,
    { callId: 'a', onUnknownOutcome: 'ask-person', approvalTimeoutMs: 10 },
    circumstances(),
  );
  expect(again).toMatchObject({ open: [{ item: 'ask:1.0~1' }] });
});

describe('several decisions at once', () => {
  const both = [
    ...[accepted(), answered(1, [call('a', 'run_command'), call('b', 'run_command')])],
    ...[asked(), asked({ item: 'ask:1.1', callId: 'b', argsDigest: '#{"path":"b"}' })],
  ];
  const about = (item: string, decision: ApprovalAnswer['decision']): ApprovalAnswer =>
    answerOf(decision, { item, argsDigest: undefined });
  const decided = (...answers: readonly ApprovalAnswer[]): Occurrence => ({
    type: 'approval.answered',
    answers,
  });

  it('are one change', () => {
    given(...both)
      .when(decided(about('ask:1.0', 'approve'), about('ask:1.1', 'reject')))
      .then({
        type: 'advance',
        facts: [
          { type: 'approval.given', item: 'ask:1.0', decision: 'approve' },
          { type: 'approval.given', item: 'ask:1.1', decision: 'reject' },
          { type: 'tool.answered', message: { toolCallId: 'b', isError: true } },
        ],
        close: ['ask:1.0', 'ask:1.1'],
        open: [{ item: 'call:1.0~1' }],
        nextItem: 'step:2',
      });
  });

  it.each([
    ['the last is about nothing', [about('ask:1.0', 'approve'), about('ask:9.0', 'approve')]],
    ['two are about the same call', [about('ask:1.0', 'approve'), about('ask:1.0', 'reject')]],
  ])('none counts when %s', (_, answers) => {
    given(...both)
      .when(decided(...answers))
      .then({ type: 'refuse', code: 'LUM_APPROVAL_NOT_PENDING' });
  });

  it('none is no decision', () => {
    given(...both)
      .when(decided())
      .then({ type: 'refuse', code: 'LUM_VALIDATION_FAILED' });
  });
});
