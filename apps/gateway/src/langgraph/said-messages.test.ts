import { describe, expect, it } from '@jest/globals';
import type { Fact, FactOf } from '@lumina/contracts';
import { accepted, answered, journalOf, run } from '../testing/facts';
import { saidMessages } from './said-messages';

const cut: FactOf<'model.cut'> = {
  ...{ run, at: 3_000, type: 'model.cut', step: 1 },
  message: { role: 'assistant', id: 'm1', content: 'Half a sen', toolCalls: [] },
};
const replaced: Fact = {
  ...{ run, at: 4_000, type: 'thread.updated', by: 'key:1', rewindTo: 0 },
  messages: [{ role: 'assistant', id: 'm1', content: 'Mine.', toolCalls: [] }],
};

const said = (...facts: readonly Fact[]) => saidMessages(journalOf(...facts), facts.length);

describe('the messages of a thread', () => {
  it('say which model said them and what it used, as their stream did', () => {
    expect(said(accepted(), answered({ content: 'Hi.' }))).toMatchObject([
      { type: 'human', response_metadata: {} },
      {
        ...{ type: 'ai', content: 'Hi.', usage_metadata: { input_tokens: 7, total_tokens: 10 } },
        response_metadata: { model_name: 'simulated/simulated', finish_reason: 'stop' },
      },
    ]);
  });

  it('are marked where a cancellation cut them off', () => {
    expect(said(accepted(), cut).at(-1)).toMatchObject({
      content: 'Half a sen',
      response_metadata: { finish_reason: 'cancelled' },
    });
  });

  it("are a client's, and no model's, where a client has replaced them", () => {
    const [message] = said(accepted(), answered({ content: 'Hi.' }), replaced);
    expect(message).toMatchObject({ content: 'Mine.', response_metadata: {} });
    expect(message).not.toHaveProperty('usage_metadata');
  });
});
