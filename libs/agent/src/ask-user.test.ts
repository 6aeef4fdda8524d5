import { describe, expect, it } from '@jest/globals';
import { type Fact, type FactOf, agentDefinitionSchema, runLimitsSchema } from '@lumina/contracts';
import type { ApprovalAnswer } from './commands';
import { decide } from './decide';
import { evolve, unborn } from './run-state';

const run = 'r1';
const agent = agentDefinitionSchema.parse({
  name: 'a',
  description: 'd',
  instructions: 'i',
  canAskUser: true,
});
const circumstances = {
  agent,
  offers: new Map(),
  thread: 't',
  nowMs: 1_000,
  digest: (text: string) => `#${text}`,
};

const accepted: Fact = {
  ...{ run, at: 1, type: 'run.accepted', agent: 'a', agentDigest: 'd', depth: 0 },
  input: [{ role: 'user', id: 'u', content: 'paint it' }],
  limits: runLimitsSchema.parse({}),
};

const asks = (args: Record<string, unknown>): FactOf<'model.answered'> => ({
  ...{ run, at: 2, type: 'model.answered', step: 1, model: 'm/m', attempt: 1 },
  message: { role: 'assistant', id: 'm1', content: '', toolCalls: [{ id: 'c1', name: 'ask_user', args }] },
  ...{ usage: { inputTokens: 1, outputTokens: 1 }, costUsd: 0, finishReason: 'tool_calls' },
  ...{ durationMs: 1, timeToFirstTokenMs: 1 },
});

function asked(args: Record<string, unknown>, depth = 0) {
  const state = { ...evolve(unborn(run), accepted), depth };
  const command = decide(state, { type: 'model.answered', fact: asks(args) }, circumstances);
  if (command.type !== 'advance') throw new Error(command.type);
  return { command, state: command.facts.reduce(evolve, state) };
}

const reply = (changes: Partial<ApprovalAnswer>): ApprovalAnswer => ({
  item: 'ask:1.0',
  decision: 'answer',
  by: 'key:1',
  argsDigest: undefined,
  args: undefined,
  reason: 'red',
  ...changes,
});

describe('a question to the person', () => {
  it('waits for the answer, whatever the policy', () => {
    const { command } = asked({ question: 'Which colour?' });
    expect(command.open).toMatchObject([{ item: 'ask:1.0', task: undefined }]);
    expect(command.facts.at(-1)).toMatchObject({ type: 'approval.asked', why: 'input', item: 'ask:1.0' });
  });

  it('hands the answer to the model as what the call returned', () => {
    const { state } = asked({ question: 'Which colour?' });
    const command = decide(state, { type: 'approval.answered', answers: [reply({})] }, circumstances);
    expect(command).toMatchObject({
      type: 'advance',
      facts: [
        { type: 'approval.given', decision: 'answer', by: 'key:1', reason: 'red' },
        { type: 'tool.answered', message: { toolCallId: 'c1', content: 'red', isError: false } },
      ],
      close: ['ask:1.0'],
      nextItem: 'step:2',
    });
  });

  it.each([
    ['an empty answer', reply({ reason: ' ' })],
    ['an approval', reply({ decision: 'approve' })],
    ['an edit', reply({ decision: 'edit', args: {} })],
    ['a retry', reply({ decision: 'retry' })],
  ])('refuses %s', (_name, answer) => {
    const { state } = asked({ question: 'Which colour?' });
    const command = decide(state, { type: 'approval.answered', answers: [answer] }, circumstances);
    expect(command).toMatchObject({ type: 'refuse', code: 'LUM_VALIDATION_FAILED' });
  });

  it('tells the model when the person does not want to answer, or nobody did in time', () => {
    const { state } = asked({ question: 'Which colour?' });
    const declined = decide(
      state,
      { type: 'approval.answered', answers: [reply({ decision: 'reject' })] },
      circumstances,
    );
    expect(JSON.stringify(declined)).toContain('did not want to answer: red');
    const late = { ...circumstances, nowMs: 1_000 + agent.approvalTimeoutMs };
    const lapsed = decide(state, { type: 'approval.due', item: 'ask:1.0' }, late);
    expect(JSON.stringify(lapsed)).toContain('nobody answered in time');
  });

  it('is not for calls without a question, nor for subagents, nor for agents that may not ask', () => {
    expect(asked({ question: '' }).command.open).toEqual([]);
    expect(asked({ question: 'Which colour?' }, 1).command.open).toEqual([]);
    const mute = { ...circumstances, agent: { ...agent, canAskUser: false } };
    const state = evolve(unborn(run), accepted);
    const command = decide(state, { type: 'model.answered', fact: asks({ question: 'x' }) }, mute);
    expect(command).toMatchObject({ open: [], facts: [{}, { message: { isError: true } }] });
  });

  it('an answer to what was no question is refused', () => {
    const { state } = asked({ question: 'Which colour?' });
    if (state.phase.name !== 'acting') throw new Error(state.phase.name);
    const [pending] = state.phase.unanswered;
    if (pending?.asked === undefined) throw new Error('not asked');
    const proposal = { ...pending, asked: { ...pending.asked, why: 'policy' } } as const;
    const other = { ...state, phase: { ...state.phase, unanswered: [proposal] } };
    const command = decide(other, { type: 'approval.answered', answers: [reply({})] }, circumstances);
    expect(command).toMatchObject({ type: 'refuse', code: 'LUM_VALIDATION_FAILED' });
  });

  it('is settled when the run was cancelled while it was put', () => {
    const { state } = asked({ question: 'Which colour?' });
    const cancel: Fact = { run, at: 3, type: 'cancel.requested', by: 'key:1', isRollback: false };
    const command = decide(evolve(state, cancel), { type: 'approval.due', item: 'ask:1.0' }, circumstances);
    expect(command).toMatchObject({
      type: 'advance',
      facts: [{ message: { isError: true } }],
      nextItem: 'step:2',
    });
  });
});
