import { describe, expect, it } from '@jest/globals';
import type { Occurrence } from './commands';
import { conversationAt } from './conversation';
import { foldRun, isResting } from './run-state';
import { accepted, agentOf, answered, call, journalOf, succeeded, toolAnswered } from './testing/run-facts';
import { scenarios } from './testing/scenario';

const given = scenarios((command, expected) => expect(command).toMatchObject(expected as object));
const weather = { name: 'weather', description: 'Tells the weather.', parameters: { type: 'object' } };
const asked = (options: object = {}) => accepted({ options: { clientTools: [weather], ...options } });
const stepClaimed = (step: number): Occurrence => ({ type: 'step.claimed', step });
const answers = (...args: Parameters<typeof answered>): Occurrence => ({
  type: 'model.answered',
  fact: answered(...args),
});
const clients = call('w1', 'weather', { city: 'Oslo' });

describe("the client's tools", () => {
  it('are shown to the model behind the own ones', () => {
    const { command } = given(asked()).when(stepClaimed(1));
    const tools = command.type === 'ask-model' ? command.prompt.tools.map(({ name }) => name) : [];
    expect(tools.slice(0, 1)).toEqual(['read_file']);
    expect(tools.at(-1)).toBe('weather');
  });

  it('take the place of an own tool of the same name', () => {
    const clientTools = [{ ...weather, name: 'read_file' }];
    const { command } = given(asked({ clientTools })).when(stepClaimed(1));
    const tools = command.type === 'ask-model' ? command.prompt.tools : [];
    expect(tools.filter(({ name }) => name === 'read_file').map(({ description }) => description)).toEqual([
      'Tells the weather.',
    ]);
    given(asked({ clientTools }))
      .when(answers(1, [call('c1')]))
      .then({ type: 'end', status: 'succeeded' });
  });

  it('end the run where nothing else was asked for', () => {
    given(asked())
      .when(answers(1, [clients]))
      .then({
        type: 'end',
        status: 'succeeded',
        facts: [{ type: 'model.answered' }, { type: 'run.succeeded' }],
      });
  });

  it('wait until the own tools have answered, and are no rest', () => {
    const { command } = given(asked()).when(answers(1, [clients, call('c1')]));
    expect(command).toMatchObject({ type: 'advance', open: [{ item: 'call:1.1' }], nextItem: 'step:2' });
    const both = [asked(), answered(1, [clients, call('c1')])];
    expect(isResting(foldRun('r', journalOf(both)))).toBe(false);
    given(...both, toolAnswered('c1'))
      .when(stepClaimed(2))
      .then({ type: 'end', status: 'succeeded', facts: [{ type: 'run.succeeded' }] });
  });

  it('rest with the own calls that wait for a person', () => {
    const calls = [clients, call('c1', 'run_command')];
    const { command } = given(asked()).when(answers(1, calls));
    const facts = command.type === 'advance' ? command.facts : [];
    expect(isResting(foldRun('r', journalOf([asked(), ...facts])))).toBe(true);
  });

  it('end a cancelled run as cancelled', () => {
    const facts = [asked(), answered(1, [clients, call('c1')]), toolAnswered('c1')];
    const cancel = { run: 'r', at: 1, type: 'cancel.requested', by: 'key', isRollback: false } as const;
    given(...facts, cancel)
      .when(stepClaimed(2))
      .then({ type: 'end', status: 'cancelled' });
  });

  it('called with arguments that are no object, are answered to the model', () => {
    const malformed = { ...clients, args: null, malformed: '{' };
    given(asked())
      .when(answers(1, [malformed]))
      .then({ type: 'advance', open: [], nextItem: 'step:2' });
    given(asked())
      .when(answers(1, [malformed, { ...clients, id: 'w2' }]))
      .then({ type: 'end', status: 'succeeded' });
  });

  it('of an earlier run are foreign to a later one', () => {
    const later = accepted({ run: 'r2' });
    given(asked(), answered(1, [clients]), succeeded(), later);
    const state = foldRun('r2', journalOf([asked(), answered(1, [clients]), succeeded(), later]));
    expect(state.options).toEqual({});
  });
});

describe('the options of a request', () => {
  it('put its instructions behind those of the agent', () => {
    const { command } = given(accepted({ options: { instructions: 'Rhyme.' } })).when(stepClaimed(1));
    expect(command).toMatchObject({ prompt: { system: `${agentOf().instructions}\n\nRhyme.` } });
  });

  it('choose a tool for the first step alone, and forbid tools for all', () => {
    const chosen = (toolChoice: 'required' | 'none', step: number) => {
      const facts = [
        asked({ toolChoice }),
        ...(step === 1 ? [] : [answered(1, [call('c1')]), toolAnswered('c1')]),
      ];
      const { command } = given(...facts).when(stepClaimed(step));
      return command.type === 'ask-model' ? command.prompt.options?.toolChoice : command.type;
    };
    expect(chosen('required', 1)).toBe('required');
    const { command } = given(asked({ toolChoice: 'required' })).when(stepClaimed(1));
    expect(command).toMatchObject({ prompt: { tools: [{ name: 'weather' }] } });
    expect(chosen('required', 2)).toBeUndefined();
    expect(chosen('none', 2)).toBe('none');
  });
});

describe('what was said before', () => {
  it('comes before the input, answers of tools behind their calls', () => {
    const answer = toolAnswered('w1', 'sunny').message;
    const later = accepted({ run: 'r2', context: [answer], input: [] });
    const facts = [asked(), answered(1, [clients]), succeeded(), later];
    const messages = conversationAt(journalOf(facts), 4);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
  });

  it('is found along a hundred rewinds in a moment', () => {
    const facts = [accepted()];
    for (let index = 1; index < 100; index += 1) {
      facts.push(accepted({ run: `r${index}`, rewindTo: index }));
    }
    expect(conversationAt(journalOf(facts), 100)).toHaveLength(100);
  });
});
