import { describe, expect, it } from '@jest/globals';
import type { Occurrence } from './commands';
import { agentOf, accepted, answered, call, circumstances, succeeded } from './testing/run-facts';
import { unborn } from './run-state';
import { scenarios } from './testing/scenario';
import { toolsOf } from './toolbox';

const given = scenarios((command, expected) => expect(command).toMatchObject(expected as object));

const stepClaimed = (step: number): Occurrence => ({ type: 'step.claimed', step });
const modelAnswered = (...answer: Parameters<typeof answered>): Occurrence => ({
  type: 'model.answered',
  fact: answered(...answer),
});
const cancelAsked = (openItems: readonly string[], isRollback = false, reason?: string): Occurrence => ({
  type: 'cancel.asked',
  by: 'key',
  reason,
  isRollback,
  openItems,
});
describe('policy', () => {
  it('asks a person about what is dangerous, until a time', () => {
    given(accepted())
      .when(modelAnswered(1, [call('a', 'run_command', { b: 1, a: 2 }), call('b')]))
      .then({
        facts: [
          { type: 'model.answered' },
          {
            type: 'approval.asked',
            item: 'ask:1.0',
            callId: 'a',
            why: 'policy',
            argsDigest: '#{"a":2,"b":1}',
            expiresAt: 5_500,
          },
        ],
        open: [{ item: 'ask:1.0', task: undefined, lookAtMs: 5_500 }, { item: 'call:1.1' }],
      });
  });

  it('refuses what it denies, and allows the dangerous where it says so', () => {
    given(accepted())
      .under({ agent: agentOf({ policy: { read_file: 'deny', run_command: 'allow' } }) })
      .when(modelAnswered(1, [call('a'), call('b', 'run_command')]))
      .then({
        facts: [{}, { message: { content: 'Error: this agent may not call read_file' } }],
        open: [{ item: 'call:1.1' }],
      });
  });

  it('asks about delegation where it says so', () => {
    given(accepted())
      .under({ agent: agentOf({ policy: { delegate: 'ask' } }) })
      .when(modelAnswered(1, [call('a', 'delegate', { agent: 'coder', task: 't' })]))
      .then({ open: [{ item: 'ask:1.0' }] });
  });
});

describe('delegation', () => {
  const delegate = call('a', 'delegate', { agent: 'coder', task: 'Fix it.' });
  const parent = { run: 'p', thread: 'pt', item: 'child:1.0', callId: 'c', messageId: 'm', nextStep: 2 };
  const child = accepted({ depth: 1, parent });

  it('opens an item for the child, one level down', () => {
    given(child)
      .when(modelAnswered(1, [delegate]))
      .then({
        open: [
          {
            item: 'child:1.0',
            task: { agent: 'coder', task: 'Fix it.', depth: 2, callId: 'a', nextStep: 2 },
          },
        ],
      });
  });

  it('is not on offer at the lowest level, nor to an agent without subagents', () => {
    given(accepted({ depth: 3 }))
      .when(modelAnswered(1, [delegate]))
      .then({ open: [] });
    const { agent, offers } = circumstances({ agent: agentOf({ subagents: [] }) });
    expect(toolsOf({ agent, offers }, { ...unborn('r'), depth: 9 }).map(({ name }) => name)).toEqual([
      'read_file',
      'run_command',
    ]);
  });

  it("gives a child's last words to its parent", () => {
    given(child)
      .when(modelAnswered(1, 'Fixed.'))
      .then({
        type: 'end',
        parentAnswer: {
          run: 'p',
          type: 'tool.answered',
          durationMs: 4_000,
          message: { id: 'm', toolCallId: 'c', name: 'delegate', content: 'Fixed.', isError: false },
        },
      });
  });

  it("gives a child's failure to its parent", () => {
    given(child)
      .when({ type: 'model.failed', code: 'LUM_MODEL_UNAVAILABLE', message: 'away' })
      .then({
        parentAnswer: {
          message: { isError: true, content: 'Error: the subagent failed: away (LUM_MODEL_UNAVAILABLE)' },
        },
      });
  });

  it("tells the parent of a child's cancellation", () => {
    given(child)
      .when(cancelAsked([]))
      .then({
        status: 'cancelled',
        parentAnswer: { message: { isError: true, content: 'Error: the subagent was cancelled' } },
      });
  });

  it('gives nothing where the child never spoke', () => {
    const { command } = given(child, { ...succeeded(), run: 'other' }).when(modelAnswered(1, 'x'));
    expect(command).toMatchObject({ parentAnswer: { message: { content: 'x' } } });
  });
});

describe('cancelling', () => {
  it('waits for who holds an item', () => {
    given(accepted())
      .when(cancelAsked(['step:1'], false, 'enough'))
      .then({
        type: 'advance',
        facts: [{ type: 'cancel.requested', by: 'key', reason: 'enough', isRollback: false }],
        close: [],
        open: [],
        nextItem: '',
      });
  });

  it('ends a run that nobody works on', () => {
    given(accepted())
      .when(cancelAsked([]))
      .then({
        type: 'end',
        status: 'cancelled',
        facts: [{ type: 'cancel.requested' }, { type: 'run.cancelled' }],
      });
  });

  it('answers what waits for a person, for nobody else would', () => {
    const asked = {
      run: 'r',
      at: 1,
      type: 'approval.asked',
      item: 'ask:1.0',
      callId: 'a',
      why: 'policy',
      argsDigest: 'd',
      expiresAt: 9_000,
    } as const;
    given(accepted(), answered(1, [call('a', 'run_command'), call('b')]), asked)
      .when(cancelAsked(['ask:1.0', 'call:1.1']))
      .then({
        type: 'advance',
        close: ['ask:1.0'],
        facts: [{}, { type: 'tool.answered', message: { toolCallId: 'a', isError: true } }],
        nextItem: 'step:2',
      });
    given(accepted(), answered(1, [call('a', 'run_command')]), asked)
      .when(cancelAsked(['ask:1.0']))
      .then({ type: 'end', close: ['ask:1.0'], status: 'cancelled' });
  });

  const requested = { run: 'r', at: 1, type: 'cancel.requested', by: 'key', isRollback: false } as const;
  it('is refused the second time', () => {
    given(accepted(), requested)
      .when(cancelAsked(['step:1']))
      .then({ type: 'refuse', code: 'LUM_CONFLICT' });
  });
  it('ends the run at the next step', () => {
    given(accepted(), requested).when(stepClaimed(1)).then({ type: 'end', status: 'cancelled' });
  });
  it('keeps what the model had said by then', () => {
    const fact = {
      run: 'r',
      at: 1,
      type: 'model.cut',
      step: 1,
      message: answered(1, 'Half a').message,
    } as const;
    given(accepted(), requested)
      .when({ type: 'model.cut', fact })
      .then({ type: 'end', status: 'cancelled', facts: [fact, { type: 'run.cancelled' }] });
  });
  it('takes the thread back to where it was, if asked to', () => {
    given(accepted({ run: 'earlier' }), succeeded('earlier'), accepted(), { ...requested, isRollback: true })
      .when(stepClaimed(1))
      .then({ facts: [{ type: 'run.cancelled', rewindTo: 2 }] });
  });
  it('does nothing to a run that has ended', () => {
    given(accepted(), succeeded()).when(cancelAsked([])).then({ type: 'nothing' });
  });
});

describe('a tool that operators have switched off', () => {
  const off = { isSwitchedOff: (tool: string) => tool === 'read_file' };

  it('is not shown to the model', () => {
    const shown = toolsOf(circumstances(off), unborn('r')).map(({ name }) => name);
    expect(shown).not.toContain('read_file');
    expect(toolsOf(circumstances(), unborn('r')).map(({ name }) => name)).toContain('read_file');
  });

  it('is refused with the reason, before a person is asked, and the others are run', () => {
    given(accepted())
      .under({ ...off, agent: agentOf({ policy: { read_file: 'ask' } }) })
      .when(modelAnswered(1, [call('a', 'read_file'), call('b', 'run_command')]))
      .then({
        facts: [
          { type: 'model.answered' },
          {
            type: 'tool.answered',
            message: { isError: true, content: expect.stringMatching(/switched off by an operator/) },
          },
          { type: 'approval.asked', callId: 'b' },
        ],
      });
  });
});

describe('an agent that may use all tools of an MCP server', () => {
  const offers = new Map(
    ['mcp__notes__b', 'mcp__notes__a', 'mcp__notestwo__c', 'shell'].map((name) => [
      name,
      {
        ...{ name, description: name, parameters: {}, isIdempotent: false, timeoutMs: 1 },
        risk: 'dangerous' as const,
      },
    ]),
  );
  const named = (tools: readonly string[]) =>
    toolsOf({ agent: agentOf({ tools: [...tools] }), offers }, { ...unborn('r'), depth: 9 }).map(
      ({ name }) => name,
    );

  it('has those and no others, each once', () => {
    expect(named(['mcp__notes__*', 'mcp__notes__a'])).toEqual(['mcp__notes__a', 'mcp__notes__b']);
  });

  it.each(['*', 'mcp__*', 'mcp__notes*', 'sh*', 'mcp____*'])('has nothing by %s', (pattern) => {
    expect(named([pattern])).toEqual([]);
  });
});
