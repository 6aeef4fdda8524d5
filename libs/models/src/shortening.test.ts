import { afterEach, describe, expect, it } from '@jest/globals';
import type { Message } from '@lumina/contracts';
import fc from 'fast-check';
import type { ModelRequest } from './model-client';
import { summarising, withTrimmedTools } from './shortening';
import { type Harness, question } from './testing/harness';
import { harnessOf, play } from './testing/wire-server';
import { eachWire } from './testing/wires/all-wires';
import { anthropicMessagesWire } from './testing/wires/anthropic-messages';
import type { Wire } from './testing/wires/wire';

const user = (content: string): Message => ({ role: 'user', id: 'u', content });
const calling = (id: string): Message => ({
  role: 'assistant',
  id: `a-${id}`,
  content: '',
  toolCalls: [{ id, name: 'read_file', args: { path: 'x' } }],
});
const told = (id: string, content: string): Message => ({
  role: 'tool',
  id: `t-${id}`,
  toolCallId: id,
  name: 'read_file',
  content,
  isError: false,
});

const long: ModelRequest = {
  ...question,
  messages: [
    user('What do the files say?'),
    ...['a', 'b', 'c', 'd'].flatMap((id) => [calling(id), told(id, id.repeat(9_000))]),
    user('And in short?'),
  ],
};

const sizeOf = ({ messages }: ModelRequest): number =>
  messages.reduce((sum, { content }) => sum + content.length, 0);

/** Each answer of a tool stands behind its call. */
function isSound(messages: readonly Message[]): boolean {
  const open = new Set<string>();
  return messages.every((message) => {
    if (message.role === 'assistant') for (const { id } of message.toolCalls) open.add(id);
    return message.role !== 'tool' || open.has(message.toolCallId);
  });
}

describe('a question in fewer words', () => {
  it('first has less of what tools said, the last two least', () => {
    const shorter = withTrimmedTools(long);
    expect(shorter?.messages.map(({ content }) => Math.round(content.length / 100))).toEqual([
      0, 0, 6, 0, 6, 0, 40, 0, 40, 0,
    ]);
    expect(shorter?.messages[2]?.content).toContain('[8400 characters left out]');
    expect(withTrimmedTools(question)).toBeUndefined();
  });

  it('then a summary of its beginning', () => {
    const plan = summarising(withTrimmedTools(long) ?? long);
    expect(plan?.ask.messages[0]?.content).toContain('user: What do the files say?');
    const shorter = plan?.withSummary('They say a, b, c, d.');
    expect(shorter?.messages[0]?.content).toContain('They say a, b, c, d.');
    expect(shorter?.messages.at(-1)?.content).toBe('And in short?');
    expect(isSound(shorter?.messages ?? [])).toBe(true);
  });

  it('never parts a call from its answer, and ends as it ended', () => {
    const part = fc.oneof(
      fc.string({ maxLength: 3_000 }).map((content) => [user(content)]),
      fc.tuple(fc.uuid(), fc.nat(6_000)).map(([id, size]) => [calling(id), told(id, 'x'.repeat(size))]),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (parts) => {
        const request = { ...question, messages: parts.flat() };
        const plan = summarising(request);
        if (plan === undefined) return;
        const { messages } = plan.withSummary('s');
        expect(isSound(messages)).toBe(true);
        expect(messages.at(-1)).toBe(request.messages.at(-1));
      }),
    );
  });
});

describe('a conversation that is too long', () => {
  const opened: Harness[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((harness) => harness.close()));
  });

  /** A model that takes so many characters and no more. */
  async function takes(wire: Wire, most: number): Promise<Harness> {
    const harness = await harnessOf(wire, (response, { body }) => {
      const { turns, system } = wire.asked(body);
      const size = turns.reduce((sum, { text }) => sum + text.length, 0);
      if (size > most) {
        const { status, body: words } = wire.tooLong();
        response.writeHead(status, { 'content-type': 'application/json' }).end(words);
      } else play(response, wire, { pieces: [system.startsWith('You shorten') ? 'SUMMARY' : 'fine'] });
    });
    opened.push(harness);
    return harness;
  }

  it.each(eachWire)('is trimmed for %s', async (provider, wire) => {
    const harness = await takes(wire, 12_000);
    const { message, attempts, parts } = await harness.answer(long, { chain: [`${provider}/m`] });
    expect([message.content, attempts, parts]).toEqual(['fine', 2, []]);
  });

  it('is summed up where that is not enough, and the summary is paid for', async () => {
    const harness = await takes(anthropicMessagesWire, 7_000);
    const { message, attempts, parts, usage } = await harness.answer(long, { chain: ['anthropic/m'] });
    expect([message.content, attempts]).toEqual(['fine', 4]);
    expect(parts).toMatchObject([{ model: 'anthropic/m', isStitched: false, usage: { inputTokens: 11 } }]);
    expect(usage.inputTokens).toBe(22);
    const last = anthropicMessagesWire.asked(harness.server.requests.at(-1)?.body ?? '');
    expect(last.turns[0]?.text).toContain('SUMMARY');
  });

  it('goes to the next model as it was where nothing helps', async () => {
    const wire = anthropicMessagesWire;
    const harness = await harnessOf(wire, (response, { body }) => {
      const { model, turns } = wire.asked(body);
      if (model === 'small') {
        response.writeHead(400).end(wire.tooLong().body);
      } else play(response, wire, { pieces: [String(turns.length)] });
    });
    opened.push(harness);
    const answer = await harness.answer(long, { chain: ['anthropic/small', 'anthropic/large'] });
    expect(answer).toMatchObject({
      model: 'anthropic/large',
      message: { content: String(long.messages.length) },
    });
  });

  it('is a clear failure in the end', async () => {
    const harness = await takes(anthropicMessagesWire, 1);
    const failure = await harness.failure(long, { chain: ['anthropic/m'] });
    expect(failure.code).toBe('LUM_CONTEXT_TOO_LONG');
    expect(sizeOf(long)).toBeGreaterThan(36_000);
  });
});
