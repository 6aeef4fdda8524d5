import { describe, expect, it } from '@jest/globals';
import type { AgentDefinition, Message } from '@lumina/contracts';
import { answerFaults } from './answer-checks';
import { agentOf } from './testing/run-facts';

const tool = (content: string): Message => ({
  ...{ role: 'tool', id: 't', toolCallId: 'c', name: 'web_crawl', isError: false },
  content,
});

function faultsOf(
  text: string,
  answer: AgentDefinition['answer'],
  more: { evidence?: readonly Message[]; isCutOff?: boolean; instructions?: string } = {},
): readonly string[] {
  const { evidence = [], isCutOff = false, instructions = 'Be careful.' } = more;
  const agent = agentOf({ answer, instructions });
  return answerFaults({ text, isCutOff, agent, evidence }).map(
    ({ check, message }) => `${check}: ${message}`,
  );
}

describe('an answer without rules', () => {
  it('is not looked at', () => {
    expect(faultsOf('Traceback (most recent call last):', undefined)).toEqual([]);
    expect(faultsOf('anything', {})).toEqual([]);
  });
});

describe('an answer of a given form', () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, degrees: { type: 'array', items: { type: 'number' } } },
    required: ['city'],
    additionalProperties: false,
  };

  it.each([
    ['{"city":"Bern","degrees":[1,2.5]}'],
    ['```json\n{"city":"Bern"}\n```'],
    ['  {"city": "Bern"}\n'],
  ])('%s is accepted', (text) => {
    expect(faultsOf(text, { schema })).toEqual([]);
  });

  it.each([
    ['It is warm.', 'not one JSON document'],
    ['{"city":"Bern"} and more', 'not one JSON document'],
    ['{"degrees":[1]}', 'required property "city"'],
    ['{"city":7}', 'city: Instance type "number" is invalid'],
    ['{"city":"Bern","degrees":[1,"x"]}', 'degrees/1:'],
    ['{"city":"Bern","mood":"good"}', 'mood'],
    ['null', 'the whole:'],
  ])('%s is not: %s', (text, words) => {
    const faults = faultsOf(text, { schema });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(words);
  });

  it('that was cut off is asked for in fewer words', () => {
    expect(faultsOf('{"city":"Be', { schema }, { isCutOff: true })[0]).toContain('must be shorter');
  });

  it('is not looked at where the schema leads nowhere', () => {
    expect(faultsOf('{}', { schema: { $ref: 'https://example.org/none' } })).toEqual([]);
  });
});

describe('an answer of a given length', () => {
  it('may be as long as that', () => {
    expect(faultsOf('12345', { maxCharacters: 5 })).toEqual([]);
    expect(faultsOf('123456', { maxCharacters: 5 })).toEqual(['length: it has 6 characters, and may have 5']);
  });
});

describe('what an answer may not hold', () => {
  it.each([
    ['Error: x\n    at Object.run (/app/dist/main.js:10:15)\n'],
    ['It failed:\nTraceback (most recent call last):\n  File "x.py", line 1'],
    ['java.lang.Error\n\tat com.acme.Main.run(Main.java:42)'],
    ['goroutine 1 [running]:\nmain.main()'],
    ["thread 'main' panicked at src/main.rs:2:5"],
  ])('a stack trace: %j', (text) => {
    expect(faultsOf(text, { forbid: ['stack-trace'] })).toHaveLength(1);
    expect(faultsOf(text, { forbid: ['instructions'] })).toEqual([]);
  });

  it.each([['We meet at noon (room 4:30).'], ['Look at src/main.ts:10.'], ['The trace is in the log.']])(
    'is not %j',
    (text) => {
      expect(faultsOf(text, { forbid: ['stack-trace'] })).toEqual([]);
    },
  );

  const instructions =
    'You are Lumina, a careful assistant that works in a workspace folder. Find out before you answer: look rather than guess.';
  it.each([
    ['You are Lumina, a careful assistant that works in a workspace folder. Find out before you answer', 1],
    [
      'My rules: "YOU ARE LUMINA — a careful assistant, that works in a workspace-folder! find out before you"',
      1,
    ],
    ['I am Lumina, a careful assistant. I look rather than guess.', 0],
  ])('the instructions: %s', (text, count) => {
    expect(faultsOf(text, { forbid: ['instructions'] }, { instructions })).toHaveLength(count);
  });
});

describe('an answer that cites', () => {
  const evidence = [
    tool('The   bridge was “opened” in 1883 — after 14 years.\nSee https://example.org/bridge for more.'),
    tool('Its span is 486 m.'),
  ];

  it.each([
    ['The bridge: "was \'opened\'" is not a citation.'],
    ['It says "the bridge was “opened” in 1883" [1].'.replaceAll('“', "'").replaceAll('”', "'")],
    ['«Its span is 486 m» [2], and "after 14 years." [web_crawl] (https://example.org/bridge).'],
    ['“The bridge was … after 14 years” [1]'],
    ['No quotation at all.'],
  ])('%s: what stands there', (text) => {
    const faults = faultsOf(text, { isGrounded: true }, { evidence }).filter(
      (fault) => !fault.includes("'opened'"),
    );
    expect(faults).toEqual([]);
  });

  it.each([
    ['"Its span is 500 m" [2]', 'Its span is 500 m'],
    ['“built in one year” [1], «Its span is 486 m» [2]', 'built in one year'],
    ['See https://example.org/invented.', 'https://example.org/invented'],
  ])('%s: what does not', (text, span) => {
    const [fault] = faultsOf(text, { isGrounded: true }, { evidence });
    expect(fault).toContain(`«${span}»`);
  });
});
