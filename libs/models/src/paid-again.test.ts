import { afterEach, describe, expect, it } from '@jest/globals';
import type { Responder } from './testing/byte-server';
import { question } from './testing/harness';
import { type Pair, seamIn, startPair } from './testing/pair';
import { play, refuse } from './testing/wire-server';
import { anthropicMessagesWire } from './testing/wires/anthropic-messages';
import { openAiChatWire } from './testing/wires/openai-chat';

const wires = [openAiChatWire, anthropicMessagesWire] as const;

const breaksOff: Responder = (response) => {
  response.writeHead(200, { 'content-type': openAiChatWire.contentType });
  const events = openAiChatWire.events({ pieces: ['One ', 'two ', 'three'] });
  response.write(events.slice(0, 3).join(''), () => setImmediate(() => response.destroy()));
};
const goesOn: Responder = (response, { body }) => {
  const { anchor = '' } = seamIn(anthropicMessagesWire.asked(body)) ?? {};
  play(response, anthropicMessagesWire, { pieces: [`${anchor} `, 'and four.'] });
};

describe('a request that follows one which was paid for', () => {
  let pair: Pair | undefined;
  afterEach(() => pair?.close());

  async function ask(first: Responder, mayAskAgain: ((paid: number) => Promise<boolean>) | undefined) {
    pair = await startPair(wires, [first, goesOn]);
    const observer = {
      ...{ onText: () => undefined, onRestart: () => undefined },
      ...(mayAskAgain === undefined ? {} : { mayAskAgain }),
    };
    const { client } = pair.models;
    return client.answer(pair.chain, question, observer, new AbortController().signal);
  }

  it('is sent when it may be, and asked about once', async () => {
    const asked: number[] = [];
    const outcome = await ask(breaksOff, (paid) => Promise.resolve(asked.push(paid) > 0));
    expect(outcome).toMatchObject({ kind: 'answered', answer: { model: 'anthropic/m' } });
    expect(asked).toEqual([1]);
  });

  it('is not sent when it must not be, and what was spent is told', async () => {
    const outcome = await ask(breaksOff, () => Promise.resolve(false));
    expect(outcome).toMatchObject({
      ...{ kind: 'failed', code: 'LUM_MODEL_UNAVAILABLE', attempts: 1 },
      message: expect.stringContaining('no budget has room'),
      parts: [{ model: 'openai/m' }],
    });
    expect(pair?.second.requests).toEqual([]);
  });

  it('is sent where nobody pays', async () => {
    expect(await ask(breaksOff, undefined)).toMatchObject({ kind: 'answered' });
  });

  it('is none where the one before was refused', async () => {
    const asked: number[] = [];
    const refused: Responder = (response) => refuse(response, openAiChatWire, { status: 500 });
    const outcome = await ask(refused, (paid) => Promise.resolve(asked.push(paid) < 0));
    expect(outcome.kind).toBe('answered');
    expect(asked).toEqual([]);
  });
});
