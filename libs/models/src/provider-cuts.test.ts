import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anthropicMessages } from './anthropic/messages-dialect';
import type { Dialect } from './endpoint/dialect';
import { ReplyReader } from './endpoint/reply-reader';
import { ollamaChat } from './ollama/chat-dialect';
import { chatCompletions } from './openai/chat-dialect';
import { openAiResponses } from './responses/responses-dialect';
import { eachWire } from './testing/wires/all-wires';
import type { Wire } from './testing/wires/wire';

const dialects: Readonly<Record<string, Dialect>> = {
  openai: chatCompletions,
  'openai-responses': openAiResponses,
  anthropic: anthropicMessages,
  ollama: ollamaChat,
};

/** Several bytes a letter, several calls, arguments in pieces. */
const answer = {
  pieces: ['Grüezi ', '🌦️ 天気', ' — «ok»\n', 'fin'],
  calls: [
    { id: 'call_1', name: 'wetter', args: ['{"ort":"Zü', 'rich","n":', '[1,2]}'] },
    { id: 'call_2', name: 'zeit', args: ['{"zone":"🕰️"}'] },
  ],
};

function read(provider: string, wire: Wire, chunks: readonly Buffer[], isBroken = false) {
  const dialect = dialects[provider];
  if (dialect === undefined) throw new Error(provider);
  const shown: string[] = [];
  const reader = new ReplyReader(
    dialect,
    (text) => shown.push(text),
    () => 0,
  );
  reader.onHead({ status: 200, headers: { 'content-type': wire.contentType } });
  for (const chunk of chunks) if (reader.onChunk(chunk) === 'done') break;
  const end = reader.end(isBroken);
  const { content, toolCalls } = reader.draft.message(() => new Set());
  return {
    end: end.kind,
    shown: shown.join(''),
    content,
    calls: toolCalls.map(({ name, args }) => [name, args]),
    usage: reader.draft.usage(() => 0),
  };
}

const whole = {
  end: 'complete',
  shown: 'Grüezi 🌦️ 天気 — «ok»\nfin',
  content: 'Grüezi 🌦️ 天気 — «ok»\nfin',
  calls: [
    ['wetter', { ort: 'Zürich', n: [1, 2] }],
    ['zeit', { zone: '🕰️' }],
  ],
  usage: { usage: { inputTokens: 11, outputTokens: 7 }, isUsageEstimated: false },
};

function splitAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...[...new Set(cuts)].toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, n) => bytes.subarray(edges[n], edge));
}

describe.each(eachWire)('an answer of %s', (provider, wire) => {
  const bytes = Buffer.from(wire.events(answer).join(''));

  it('is the same in single bytes', () => {
    const single = [...bytes].map((byte) => Buffer.of(byte));
    expect(read(provider, wire, single)).toEqual(whole);
  });

  it('is the same split at any one byte', () => {
    for (let cut = 1; cut < bytes.length; cut += 1) {
      expect(read(provider, wire, splitAt(bytes, [cut]))).toEqual(whole);
    }
  });

  it('is the same split anywhere', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, (places) => {
        expect(read(provider, wire, splitAt(bytes, places))).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });

  it('that ends too early is whole or broken, never something else', () => {
    let complete = 0;
    for (let length = 0; length <= bytes.length; length += 1) {
      const got = read(provider, wire, [bytes.subarray(0, length)], true);
      expect(whole.shown.startsWith(got.shown)).toBe(true);
      if (got.end !== 'complete') continue;
      complete += 1;
      expect([got.content, got.calls]).toEqual([whole.content, whole.calls]);
    }
    expect(complete).toBeGreaterThan(0);
  });
});
