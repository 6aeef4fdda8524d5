import { describe, expect, it } from '@jest/globals';
import type { Fact } from '@lumina/contracts';
import { conversationAt, parentPosition } from './conversation';
import { promptMessages } from './prompt';
import { evolve, foldRun, unborn } from './run-state';
import { accepted, answered, call, failed, journalOf, succeeded, toolAnswered } from './testing/run-facts';

const fold = (...facts: readonly Fact[]) => foldRun('r', journalOf(facts));
const asked: Fact = {
  run: 'r',
  at: 1,
  type: 'approval.asked',
  item: 'ask:1.0',
  callId: 'a',
  why: 'policy',
  argsDigest: 'd',
  expiresAt: 9,
};
const given: Fact = {
  run: 'r',
  at: 1,
  type: 'approval.given',
  item: 'ask:1.0',
  callId: 'a',
  decision: 'edit',
  by: 'key',
  argsDigest: 'e',
  args: { path: 'z' },
};

describe('the state of a run', () => {
  it('is unborn before its first fact', () => {
    expect(fold()).toEqual(unborn('r'));
  });

  it('counts what was used', () => {
    const state = fold(
      accepted(),
      answered(1, [call('a'), call('b')]),
      toolAnswered('a'),
      toolAnswered('b'),
      answered(2, ''),
    );
    expect(state.totals).toEqual({ steps: 2, toolCalls: 2, tokens: 30, costUsd: 0.02, emptyAnswers: 1 });
  });

  it('holds exactly the calls without an answer, and thinks again after the last', () => {
    const answers = answered(1, [call('a'), call('b'), call('c')]);
    const pending = fold(
      accepted(),
      answers,
      toolAnswered('b'),
      toolAnswered('b'),
      toolAnswered('nobody'),
    ).phase;
    expect(pending).toMatchObject({
      name: 'acting',
      step: 1,
      unanswered: [
        { call: { id: 'a' }, index: 0 },
        { call: { id: 'c' }, index: 2 },
      ],
    });
    expect(fold(accepted(), answers, toolAnswered('b'), toolAnswered('c'), toolAnswered('a')).phase).toEqual({
      name: 'thinking',
      step: 2,
    });
  });

  it('is not moved by an answer that nobody waits for', () => {
    expect(fold(accepted(), toolAnswered('a'), asked).phase).toEqual({ name: 'thinking', step: 1 });
  });

  it('knows what waits for a person, and what was decided', () => {
    const facts = [accepted(), answered(1, [call('a'), call('b')]), asked];
    expect(fold(...facts).phase).toMatchObject({
      unanswered: [{ asked, generation: 0 }, { asked: undefined }],
    });
    expect(fold(...facts, given).phase).toMatchObject({
      unanswered: [
        { asked: undefined, generation: 1, call: { args: { path: 'z' } } },
        { call: { args: { path: 'b' } } },
      ],
    });
  });

  it.each([[succeeded()], [failed()]])('never changes once it has ended', (ending) => {
    const ended = fold(accepted(), ending);
    for (const fact of [
      answered(1, 'late'),
      toolAnswered('a'),
      failed('r', 'LUM_INTERNAL'),
      accepted({ run: 'next' }),
    ]) {
      expect(evolve(ended, fact)).toBe(ended);
    }
  });

  it("takes nothing but words from its thread's other runs", () => {
    const other = [
      accepted({ run: 'o' }),
      answered(1, [call('x')], { run: 'o' }),
      toolAnswered('x', 'ok', 'o'),
      { ...failed('o') },
    ];
    const { messages, ...rest } = fold(...other, accepted());
    const { messages: _own, ...alone } = { ...fold(accepted()), startedFrom: 4 };
    expect(rest).toEqual(alone);
    expect(messages.map(({ id }) => id)).toEqual(['o-user', 'o-answer-1', 'o-tool-x', 'r-user']);
  });

  it('begins from the checkpoint that it names', () => {
    const earlier = [accepted({ run: 'o' }), answered(1, 'First.', { run: 'o' }), succeeded('o')];
    expect(fold(...earlier, accepted({ rewindTo: 1 })).messages.map(({ id }) => id)).toEqual([
      'o-user',
      'r-user',
    ]);
    expect(fold(...earlier, accepted({ rewindTo: 0 })).messages.map(({ id }) => id)).toEqual(['r-user']);
  });
});

describe('the conversation of a thread', () => {
  const cut = (content: string): Fact => ({
    run: 'o',
    at: 1,
    type: 'model.cut',
    step: 1,
    message: answered(1, content, { run: 'o' }).message,
  });
  const updated: Fact = {
    run: '',
    at: 1,
    type: 'thread.updated',
    messages: [{ role: 'user', id: 'edited', content: 'E' }],
    rewindTo: 1,
  };
  const ids = (facts: readonly Fact[], position = facts.length) =>
    conversationAt(journalOf(facts), position).map(({ id }) => id);

  it('holds what was cut off, unless it was nothing', () => {
    expect(ids([accepted({ run: 'o' }), cut('Half')])).toEqual(['o-user', 'o-answer-1']);
    expect(ids([accepted({ run: 'o' }), cut('')])).toEqual(['o-user']);
  });

  it('goes back where a fact rewinds, also through an earlier rewind', () => {
    const facts = [
      accepted({ run: 'a' }),
      answered(1, 'A', { run: 'a' }),
      updated,
      accepted({ run: 'b' }),
      accepted({ run: 'c', rewindTo: 3 }),
    ];
    expect(ids(facts, 2)).toEqual(['a-user', 'a-answer-1']);
    expect(ids(facts, 3)).toEqual(['a-user', 'edited']);
    expect(ids(facts)).toEqual(['a-user', 'edited', 'c-user']);
    expect([1, 2, 3, 4, 5].map((position) => parentPosition(journalOf(facts), position))).toEqual([
      0, 1, 1, 3, 3,
    ]);
    expect(parentPosition(journalOf(facts), 9)).toBe(8);
  });
});

describe('what a model is shown', () => {
  const shown = (...facts: readonly Fact[]) =>
    promptMessages(fold(...facts).messages).map(({ role, content }) => `${role}: ${content}`);

  it('leaves out answers without anything', () => {
    expect(shown(accepted(), answered(1, ' '))).toEqual(['user: What is in the file?']);
  });

  it('answers, truthfully, what was never answered, before anything else is said', () => {
    const messages = shown(
      accepted({ run: 'o' }),
      answered(1, [call('a'), call('b')], { run: 'o' }),
      toolAnswered('b', 'ok', 'o'),
      failed('o'),
      accepted(),
    );
    expect(messages).toEqual([
      'user: What is in the file?',
      'assistant: ',
      'tool: ok',
      expect.stringContaining('whether it had an effect is not known'),
      'user: What is in the file?',
    ]);
  });

  it('answers what is unanswered at the end, too', () => {
    expect(shown(accepted(), answered(1, [call('a')])).at(-1)).toContain('tool: Error');
  });

  it('leaves out answers to calls that nobody made, or that were answered', () => {
    const twice = [
      answered(1, [call('a')]),
      toolAnswered('a', 'first'),
      toolAnswered('a', 'second'),
      toolAnswered('x', 'stray'),
    ];
    expect(shown(accepted(), ...twice)).toEqual(['user: What is in the file?', 'assistant: ', 'tool: first']);
  });
});
