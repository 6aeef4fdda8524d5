import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { ChatMessage, ChatRequest } from '../chat/request';
import { ScenarioError, parseScenario, readScenario } from './book';
import { AttemptCounter, type Casting, cast } from './cast';

function faultsOf(text: string): readonly string[] {
  try {
    parseScenario(text, 'file.yaml');
  } catch (error) {
    if (error instanceof ScenarioError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const message = (role: string, text = ''): ChatMessage => ({ role, text, toolCalls: [], toolCallId: '' });
const asked = (messages: readonly ChatMessage[], model = 'simulated'): ChatRequest => ({
  model,
  isStream: false,
  isUsageWanted: false,
  messages,
  tools: [],
});
const castOf = (yaml: string, request: ChatRequest, named: string | null = null): Casting =>
  cast(parseScenario(yaml), request, named, new AttemptCounter());

describe('a scenario file', () => {
  it.each([
    ['turns: []', 'file.yaml: turns: '],
    ['turns: [{txt: hi}]', 'file.yaml: turns[0]: expected no other keys than text, tokens, '],
    ['turns: [{txt: hi}]', 'found txt'],
    ['turns: [{text: 7}]', 'file.yaml: turns[0].text: Invalid input: expected string, received number'],
    ['turns: [{status: 200}]', 'turns[0].status: '],
    ['turns: [{}]', 'turns[0].text: expected text, tokens, tool_calls or a fault'],
    ['turns: [hello]', 'turns[0]: Invalid input: expected object, received string'],
    [
      'turns: [{status: 500, timeout: true}]',
      'turns[0].timeout: expected one fault at most, found status and timeout',
    ],
    ['turns: [{status: 500, text: hi}]', 'turns[0].text: expected nothing to say beside status'],
    ['turns: [{text: hi, tokens: 3}]', 'turns[0].tokens: expected text or tokens, found both'],
    ['turns: [{text: hi, retry_after: 1}]', 'turns[0].retry_after: expected only beside status'],
    ['turns: [{text: hi, malformed: tool_args}]', 'turns[0].malformed: expected tool_calls'],
    [
      'turns: [{text: hi, between_tokens_ms: 1, tokens_per_second: 1}]',
      'turns[0].tokens_per_second: expected between_tokens_ms or',
    ],
    [
      'turns: [{text: "{{last_results}}"}]',
      'turns[0].text: expected {{last_tool_result}} or {{last_user_message}}, found {{last_results}}',
    ],
    ['turns: [{attempts: [{text: a}, {text: 1}]}]', 'turns[0].attempts[1].text: '],
    ['turns: [{attempts: []}]', 'turns[0].attempts: '],
    [
      'turns: [{tool_calls: [{name: t, args: 7}]}]',
      'turns[0].tool_calls[0].args: expected an object or a string',
    ],
    ['turns: [{text: a, usage: all}]', 'turns[0].usage: expected {prompt, completion} or the word none'],
    [
      'scenarios: {a: {turns: [{text: a}], match: "/(/"}}',
      'scenarios.a.match: expected a regular expression',
    ],
    ['scenarios: {builtin: {turns: [{text: a}]}}', 'scenarios.builtin: expected another name'],
    ['scenarios: {}', 'scenarios: expected at least one scenario'],
    ['scenarios: {a: {turns: 1}, b: {turns: 2}}', 'file.yaml: scenarios.b.turns: '],
    ['a: [', 'file.yaml: not YAML or JSON: '],
    ['turns: [{text: *nowhere}]', 'file.yaml: not YAML or JSON: '],
    ['', 'file.yaml: (top level): '],
    ['turns: [{text: a}]\nturns: [{text: b}]', 'not YAML or JSON: '],
  ])('%j is refused: %s', (text, fault) => {
    expect(faultsOf(text).join('\n')).toContain(fault);
  });

  it('is refused by name when it cannot be read', () => {
    expect(() => readScenario('/nowhere/at/all.yaml')).toThrow(
      /^\/nowhere\/at\/all\.yaml: cannot be read: ENOENT/,
    );
  });

  it('may be JSON', () => {
    expect(parseScenario('{"turns": [{"text": "hi"}]}').scenarios).toMatchObject([{ name: 'default' }]);
  });

  const examples = join(__dirname, '../../scenarios');
  it.each(readdirSync(examples))('the example %s can be played', (name) => {
    expect(readScenario(join(examples, name)).scenarios.length).toBeGreaterThan(0);
  });
});

const several = `
scenarios:
  by-words: { match: Redis, turns: [{ text: words }] }
  by-pattern: { match: '/^count \\d+$/i', turns: [{ text: pattern }] }
  by-model: { model: sim-b, turns: [{ text: model }] }
  by-both: { model: sim-c, match: hello, turns: [{ text: both }] }
  by-name: { turns: [{ text: name }] }
`;

describe('which scenario is played', () => {
  const nameOf = (said: string, model?: string, named: string | null = null, yaml = several): string => {
    const casting = castOf(yaml, asked([message('user', said)], model), named);
    return casting.kind === 'scripted' ? casting.scenario.name : casting.kind;
  };

  it('is chosen by words, pattern, model or both; else the planner answers', () => {
    expect(nameOf('which mention redis?')).toBe('by-words');
    expect(nameOf('COUNT 12')).toBe('by-pattern');
    expect(nameOf('count 12', 'sim-b')).toBe('by-pattern');
    expect(nameOf('anything', 'sim-b')).toBe('by-model');
    expect(nameOf('hello', 'sim-c')).toBe('by-both');
    expect(nameOf('hello')).toBe('builtin');
    expect(nameOf('anything')).toBe('builtin');
  });

  it('is the default one when there is one and no other fits', () => {
    expect(nameOf('anything', undefined, null, `${several}  default: { turns: [{ text: d }] }\n`)).toBe(
      'default',
    );
    expect(nameOf('anything', undefined, null, 'turns: [{text: d}]')).toBe('default');
    expect(nameOf('anything', undefined, null, '{name: one, match: x-y, turns: [{text: d}]}')).toBe(
      'builtin',
    );
  });

  it('is the one that the header names, or an error that lists them', () => {
    expect(nameOf('redis', undefined, 'by-name')).toBe('by-name');
    expect(nameOf('redis', undefined, 'builtin')).toBe('builtin');
    expect(castOf(several, asked([message('user')]), 'nope')).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('by-words, by-pattern, by-model, by-both, by-name, builtin'),
    });
  });
});

describe('which turn is played', () => {
  const steps = [
    message('user', 'old'),
    message('assistant', 'a'),
    message('user', 'new'),
    message('assistant'),
    message('tool', 'r'),
  ];
  const two = 'turns: [{text: one}, {text: two}]';

  it('follows from the assistant messages since the last user message', () => {
    expect(castOf(two, asked(steps.slice(0, 3)))).toMatchObject({ turn: 0, response: { text: 'one' } });
    expect(castOf(two, asked(steps))).toMatchObject({ turn: 1, response: { text: 'two' } });
  });

  it('beyond the last is an error, unless the last repeats', () => {
    const beyond = asked([...steps, message('assistant')]);
    expect(castOf(two, beyond)).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('turn 3'),
    });
    expect(castOf(`after_last_turn: repeat\n${two}`, beyond)).toMatchObject({
      turn: 2,
      response: { text: 'two' },
    });
  });

  it('counts attempts for each conversation by itself and stays at the last', () => {
    const book = parseScenario('turns: [{attempts: [{status: 429}, {text: fine}]}]');
    const attempts = new AttemptCounter();
    const play = (said: string): unknown => cast(book, asked([message('user', said)]), null, attempts);
    expect([play('a'), play('a'), play('a'), play('b')]).toMatchObject([
      { attempt: 1, response: { status: 429 } },
      { attempt: 2, response: { text: 'fine' } },
      { attempt: 3, response: { text: 'fine' } },
      { attempt: 1, response: { status: 429 } },
    ]);
    attempts.clear();
    expect(play('a')).toMatchObject({ attempt: 1 });
  });

  it('forgets the longest unasked conversations, not the one in use', () => {
    const attempts = new AttemptCounter();
    attempts.next('old');
    for (let count = 0; count < 100_000; count += 1) {
      attempts.next(String(count));
      if (count === 50_000) attempts.next('old');
    }
    expect(attempts.next('old')).toBe(3);
    expect(attempts.next('0')).toBe(1);
  });
});
