import { describe, expect, it } from '@jest/globals';
import { type Command, type RunState, evolve, unborn } from '@lumina/agent';
import { type Fact, type ParentRef } from '@lumina/contracts';
import { commitOf, isStored } from './commit-of';
import { accepted, succeeded, toolAnswered } from './testing/fixtures';

const parent: ParentRef = {
  ...{ run: 'p', thread: 't', item: 'child:1.0', callId: 'c', messageId: 'm', nextStep: 2 },
};
const running = evolve(unborn('r1'), accepted('r1'));
const child: RunState = { ...running, parent };
const endedBy = (fact: Fact): RunState => evolve(running, fact);
const failure = { code: 'LUM_STEP_LIMIT', message: 'too many' };

describe('isStored', () => {
  it.each<[Command, boolean]>([
    [{ type: 'nothing' }, true],
    [{ type: 'advance', facts: [], close: [], open: [], nextItem: '' }, true],
    [{ type: 'end', facts: [], close: [], status: 'failed', parentAnswer: undefined }, true],
    [{ type: 'wait', untilMs: 1 }, false],
    [{ type: 'refuse', code: 'LUM_CONFLICT', message: 'm' }, false],
    [
      {
        type: 'ask-model',
        prompt: { step: 1, system: '', messages: [], tools: [], timeLeftMs: 1 },
      },
      false,
    ],
  ])('%j: %p', (command, isChange) => {
    expect(isStored(command)).toBe(isChange);
  });
});

describe('commitOf', () => {
  it('carries the tasks of what is opened, and when what has none is looked at', () => {
    const task = {
      ...{ callId: 'c', messageId: 'm', agent: 'a', task: 't', depth: 1, nextStep: 2, workspaceThread: 'w' },
    };
    const facts = [toolAnswered('r1', 'x')];
    const open = [
      { item: 'child:1.0', task },
      { item: 'ask:1.1', task: undefined, lookAtMs: 5_000 },
    ];
    const command = { type: 'advance', facts, close: ['ask:1.2'], open, nextItem: 'step:2' } as const;
    expect(commitOf(running, command)).toEqual({
      ...{ facts, status: 'running', close: ['ask:1.2'], nextItem: 'step:2' },
      open: [
        { item: 'child:1.0', data: JSON.stringify(task) },
        { item: 'ask:1.1', data: '', lookAtMs: 5_000 },
      ],
    });
  });

  it('an end opens nothing, and answers the call of the parent that waits for it', () => {
    const facts = [succeeded('r1')];
    const answer = toolAnswered('p', 'c');
    if (answer.type !== 'tool.answered') throw new Error('fixture');
    const end = {
      type: 'end',
      facts,
      close: ['ask:1.0'],
      status: 'succeeded',
      parentAnswer: answer,
    } as const;
    expect(commitOf(child, end)).toEqual({
      ...{ facts, status: 'succeeded', close: ['ask:1.0'], open: [] },
      parent: { run: 'p', thread: 't', item: 'child:1.0', fact: answer, nextItem: 'step:2' },
    });
    expect(commitOf(child, { ...end, parentAnswer: undefined })).not.toHaveProperty('parent');
    expect(commitOf(running, end)).not.toHaveProperty('parent');
  });

  it.each<[Fact, string]>([
    [succeeded('r1'), 'succeeded'],
    [{ run: 'r1', at: 2, type: 'run.failed', failure }, 'failed'],
    [{ run: 'r1', at: 2, type: 'run.cancelled' }, 'cancelled'],
    [{ run: 'r1', at: 2, type: 'run.expired', failure }, 'expired'],
  ])('nothing more about a run that ended with %j leaves it %s', (ending, status) => {
    expect(commitOf(endedBy(ending), { type: 'nothing' })).toEqual({ facts: [], status, open: [] });
  });

  it('never closes the last item of a run that has not ended', () => {
    expect(() => commitOf(running, { type: 'nothing' })).toThrow(/r1 has not ended/);
  });
});
