import { describe, expect, it } from '@jest/globals';
import type { Occurrence } from './commands';
import {
  agentOf,
  accepted,
  answered,
  call,
  circumstances,
  failed,
  limitsOf,
  offer,
  succeeded,
  toolAnswered,
} from './testing/run-facts';
import { unborn } from './run-state';
import { scenarios } from './testing/scenario';
import { toolsOf } from './toolbox';

const given = scenarios((command, expected) => expect(command).toMatchObject(expected as object));

const stepClaimed = (step: number): Occurrence => ({ type: 'step.claimed', step });
const modelAnswered = (...answer: Parameters<typeof answered>): Occurrence => ({
  type: 'model.answered',
  fact: answered(...answer),
});
const endsWith = (code: string, type = 'run.failed') => ({
  type: 'end',
  status: type.slice('run.'.length),
  facts: expect.arrayContaining([
    expect.objectContaining({ type, failure: expect.objectContaining({ code }) }),
  ]),
});

describe('a step that is claimed', () => {
  it('asks the model, with what is left of the time', () => {
    given(accepted())
      .when(stepClaimed(1))
      .then({
        type: 'ask-model',
        prompt: {
          step: 1,
          system: 'Be careful.',
          messages: [{ content: 'What is in the file?' }],
          timeLeftMs: 596_000,
        },
      });
  });

  it('shows the tools of the agent that are on offer, and delegation', () => {
    const { command } = given(accepted()).when(stepClaimed(1));
    expect(command.type === 'ask-model' && command.prompt.tools.map(({ name }) => name)).toEqual([
      'read_file',
      'run_command',
      'delegate',
    ]);
  });

  it('shows what was said before in the thread', () => {
    const { command } = given(
      accepted({ run: 'earlier' }),
      answered(1, 'Hello.', { run: 'earlier' }),
      succeeded('earlier'),
      accepted(),
    ).when(stepClaimed(1));
    expect(command.type === 'ask-model' && command.prompt.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
    ]);
  });

  it('goes on after the tools have answered', () => {
    given(accepted(), answered(1, [call('a'), call('b')]), toolAnswered('b'), toolAnswered('a'))
      .when(stepClaimed(2))
      .then({ type: 'ask-model', prompt: { step: 2 } });
  });

  it.each([
    ['that was never accepted', [], 1],
    ['that has not come so far', [accepted()], 2],
    ['that waits for a tool', [accepted(), answered(1, [call('a')])], 2],
  ])('fails a run %s: its journal does not lead there', (_, facts, step) => {
    given(...facts)
      .when(stepClaimed(step))
      .then(endsWith('LUM_INTERNAL'));
  });

  it.each([[succeeded()], [failed()]])('does nothing when the run has ended', (ending) => {
    given(accepted(), ending).when(stepClaimed(1)).then({ type: 'nothing' });
  });
});

describe('limits', () => {
  const used = [answered(1, [call('a')]), toolAnswered('a')];

  it('end a run that has used its steps', () => {
    given(accepted({ limits: limitsOf({ steps: 1 }) }), ...used)
      .when(stepClaimed(2))
      .then(endsWith('LUM_STEP_LIMIT'));
  });
  it('end a run that has used its tokens', () => {
    given(accepted({ limits: limitsOf({ tokens: 15 }) }), ...used)
      .when(stepClaimed(2))
      .then(endsWith('LUM_TOKEN_LIMIT'));
  });
  it('end a run that has used its money', () => {
    given(accepted({ limits: limitsOf({ costUsd: 0.01 }) }), ...used)
      .when(stepClaimed(2))
      .then(endsWith('LUM_COST_LIMIT'));
  });
  it('end a run that has used its time', () => {
    given(accepted({ limits: limitsOf({ wallTimeMs: 4_000 }) }))
      .when(stepClaimed(1))
      .then(endsWith('LUM_WALL_TIME_LIMIT', 'run.expired'));
  });
  it('leave alone a run that is just within them', () => {
    given(
      accepted({
        limits: limitsOf({ steps: 2, tokens: 16, costUsd: 0.011, wallTimeMs: 4_001, toolCalls: 1 }),
      }),
      ...used,
    )
      .when(stepClaimed(2))
      .then({ type: 'ask-model', prompt: { timeLeftMs: 1 } });
  });
  it('end a run that asks for one tool call too many, and run none of them', () => {
    const limits = limitsOf({ toolCalls: 1 });
    given(accepted({ limits }))
      .when(modelAnswered(1, [call('a'), call('b')]))
      .then(endsWith('LUM_TOOL_CALL_LIMIT'));
  });
  it('allow as many tool calls as they say', () => {
    const limits = limitsOf({ toolCalls: 2 });
    given(accepted({ limits }))
      .when(modelAnswered(1, [call('a'), call('b')]))
      .then({ type: 'advance' });
  });
});

describe('an answer of the model', () => {
  it('in words ends the run well', () => {
    given(accepted())
      .when(modelAnswered(1, 'It is empty.'))
      .then({
        type: 'end',
        status: 'succeeded',
        facts: [{ type: 'model.answered' }, { run: 'r', type: 'run.succeeded', at: 5_000 }],
        parentAnswer: undefined,
      });
  });

  it('that asks for tools opens one item for each, side by side', () => {
    given(accepted())
      .when(modelAnswered(1, [call('a'), call('b', 'read_file', { path: 'x' })]))
      .then({
        type: 'advance',
        facts: [{ type: 'model.answered' }],
        open: [
          {
            item: 'call:1.0',
            task: {
              callId: 'a',
              messageId: 'tool-r-1-0',
              tool: 'read_file',
              agent: 'lumina',
              nextStep: 2,
              workspaceThread: 'thread',
            },
          },
          { item: 'call:1.1', task: { callId: 'b', messageId: 'tool-r-1-1', args: { path: 'x' } } },
        ],
        nextItem: 'step:2',
      });
  });

  it("has a subagent's tools work where its root works", () => {
    given(accepted({ depth: 1, workspaceThread: 'root' }))
      .when(modelAnswered(1, [call('a')]))
      .then({ open: [{ task: { workspaceThread: 'root' } }] });
  });

  it.each([
    [
      'a tool that there is not',
      call('a', 'fly'),
      'there is no tool "fly"; there are: read_file, run_command, delegate',
    ],
    ['a tool on offer that is not its own', call('a', 'unlisted'), 'there is no tool "unlisted"'],
    ['a tool of its own that nobody offers', call('a', 'retired'), 'there is no tool "retired"'],
    [
      'arguments that are no JSON object',
      { ...call('a'), args: null, malformed: '{"path":' },
      'were not: {"path":',
    ],
    ['arguments of which nothing is known', { ...call('a'), args: null }, 'must be one JSON object'],
    [
      'a subagent that there is not',
      call('a', 'delegate', { agent: 'x', task: 't' }),
      'there is no subagent "x"; there are: coder',
    ],
    [
      'a delegation without a task',
      call('a', 'delegate', { agent: 'coder', task: ' ' }),
      'must both be non-empty text',
    ],
  ])('that asks for %s is answered to the model', (_, wrong, words) => {
    given(accepted())
      .when(modelAnswered(1, [wrong]))
      .then({
        type: 'advance',
        facts: [
          { type: 'model.answered' },
          {
            type: 'tool.answered',
            attempt: 0,
            message: { toolCallId: 'a', isError: true, content: expect.stringContaining(words) },
          },
        ],
        open: [],
        nextItem: 'step:2',
      });
  });

  it('quotes only the beginning of malformed arguments', () => {
    const { command } = given(accepted()).when(
      modelAnswered(1, [{ ...call('a'), args: null, malformed: 'x'.repeat(10_000) }]),
    );
    expect(JSON.stringify(command.type === 'advance' && command.facts[1]).length).toBeLessThan(1_000);
  });

  it('that asks rightly and wrongly at once has the right calls run', () => {
    given(accepted())
      .when(modelAnswered(1, [call('a', 'fly'), call('b')]))
      .then({ facts: [{}, { message: { toolCallId: 'a' } }], open: [{ item: 'call:1.1' }] });
  });

  it('says that there are no tools where there are none', () => {
    given(accepted())
      .under({ agent: agentOf({ tools: [], subagents: [] }) })
      .when(modelAnswered(1, [call('a')]))
      .then({ facts: [{}, { message: { content: expect.stringContaining('there are: none') } }] });
  });

  it('without anything is asked for again, once', () => {
    given(accepted()).when(modelAnswered(1, ' \n')).then({ type: 'advance', open: [], nextItem: 'step:2' });
    given(accepted(), answered(1, '')).when(modelAnswered(2, '')).then(endsWith('LUM_ANSWER_EMPTY'));
  });

  it('without anything after one with something is asked for again', () => {
    given(accepted(), answered(1, ''), answered(2, [call('a')]), toolAnswered('a'))
      .when(modelAnswered(3, ''))
      .then({ type: 'advance', nextItem: 'step:4' });
  });

  it('that was withheld fails the run', () => {
    given(accepted())
      .when(modelAnswered(1, '', { finishReason: 'content_filter' }))
      .then(endsWith('LUM_MODEL_REJECTED'));
  });

  it('that does not come fails the run', () => {
    given(accepted())
      .when({ type: 'model.failed', code: 'LUM_MODEL_UNAVAILABLE', message: 'away' })
      .then(endsWith('LUM_MODEL_UNAVAILABLE'));
  });
});

describe('what is on offer', () => {
  it('is the same whatever else executors offer', () => {
    const { agent, offers } = circumstances();
    const more = new Map([...offers, ['extra', offer('extra')] as const]);
    expect(toolsOf({ agent, offers: more }, unborn('r'))).toEqual(toolsOf({ agent, offers }, unborn('r')));
  });
});
