import { describe, expect, it } from '@jest/globals';
import type { Fact } from '@lumina/contracts';
import { conversationAt } from './conversation';
import { foldRun } from './run-state';
import { accepted, agentOf, answered, call, circumstances, journalOf, offer } from './testing/run-facts';
import { scenarios } from './testing/scenario';

const given = scenarios((command, expected) => expect(command).toMatchObject(expected as object));
const begun = accepted({ flags: [1, 2, 3] });
const strict = { agent: agentOf({ answer: { maxCharacters: 10 } }) };
const long = 'much too long an answer';
const tooLong = answered(1, long);
const rejected: Fact = {
  ...{ run: 'r', at: 2_000, type: 'answer.rejected', step: 1, messageId: tooLong.message.id },
  faults: [{ check: 'length', message: 'it has 23 characters, and may have 10' }],
};

describe('an answer that breaks the rules', () => {
  it('is asked for once more', () => {
    given(begun)
      .under(strict)
      .when({ type: 'model.answered', fact: tooLong })
      .then({
        type: 'advance',
        facts: [{ type: 'model.answered' }, { type: 'answer.rejected', faults: [{ check: 'length' }] }],
        nextItem: 'step:2',
      });
  });

  it('is shown to the model with what is wrong with it', () => {
    const { command } = given(begun, tooLong, rejected).under(strict).when({ type: 'step.claimed', step: 2 });
    const messages = command.type === 'ask-model' ? command.prompt.messages : [];
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(messages[1]?.content).toBe(long);
    expect(messages[2]?.content).toContain('it has 23 characters, and may have 10');
  });

  it('does not stay in the conversation', () => {
    const journal = journalOf([begun, tooLong, rejected, answered(2, 'short')]);
    expect(conversationAt(journal, 4).map(({ content }) => content)).toEqual([
      'What is in the file?',
      'short',
    ]);
    expect(foldRun('r', journal).messages).toEqual(conversationAt(journal, 4));
  });

  it('ends the run well where it is mended', () => {
    given(begun, tooLong, rejected)
      .under(strict)
      .when({ type: 'model.answered', fact: answered(2, 'short') })
      .then({
        type: 'end',
        status: 'succeeded',
        facts: [{ type: 'model.answered' }, { type: 'run.succeeded' }],
      });
  });

  it('fails the run where it is not, and says why', () => {
    given(begun, tooLong, rejected)
      .under(strict)
      .when({ type: 'model.answered', fact: answered(2, long) })
      .then({
        type: 'end',
        status: 'failed',
        facts: [
          { type: 'model.answered' },
          { type: 'answer.rejected' },
          { failure: { code: 'LUM_ANSWER_INVALID', message: expect.stringContaining('length: it has 23') } },
        ],
      });
  });

  it('counts again after tools were used', () => {
    const used = answered(2, [call('a')]);
    given(begun, tooLong, rejected, used)
      .under(strict)
      .when({ type: 'model.answered', fact: answered(3, long) })
      .then({ type: 'advance' });
  });

  it('is taken as it is in a run that began before there were checks', () => {
    given(accepted({ flags: [1, 2] }))
      .under(strict)
      .when({ type: 'model.answered', fact: tooLong })
      .then({ type: 'end', status: 'succeeded' });
  });
});

describe('a call whose arguments do not fit', () => {
  const parameters = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
  const offers = new Map([['read_file', offer('read_file', { parameters })]]);
  const wrong = answered(1, [call('a', 'read_file', { path: 7 }), call('b', 'read_file', { path: 'x' })]);

  it('is answered to the model, and never run', () => {
    given(begun)
      .under({ offers })
      .when({ type: 'model.answered', fact: wrong })
      .then({
        facts: [{ type: 'model.answered' }, { message: { isError: true, toolCallId: 'a' } }],
        open: [{ item: 'call:1.1' }],
      });
    const { command } = given(begun).under({ offers }).when({ type: 'model.answered', fact: wrong });
    expect(JSON.stringify(command)).toContain('the arguments do not fit: path:');
  });

  it('is left to the executor when a stranger described them: such a schema could cost hours here', () => {
    const name = 'mcp__notes__find';
    const pattern = { type: 'object', properties: { q: { type: 'string', pattern: '^(a+)+$' } } };
    const startedAt = performance.now();
    given(begun)
      .under({
        agent: agentOf({ tools: [name] }),
        offers: new Map([[name, offer(name, { parameters: pattern })]]),
      })
      .when({ type: 'model.answered', fact: answered(1, [call('a', name, { q: `${'a'.repeat(40)}!` })]) })
      .then({ open: [{ item: 'call:1.0' }] });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
  });

  it('is left to the executor in a run that began before there were checks', () => {
    given(accepted())
      .under({ offers })
      .when({ type: 'model.answered', fact: wrong })
      .then({ open: [{ item: 'call:1.0' }, { item: 'call:1.1' }] });
    expect(circumstances().offers.size).toBe(3);
  });
});
