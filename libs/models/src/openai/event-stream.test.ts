import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { delta, finish, say, sse, usage } from '../testing/byte-server';
import { ReplyReader } from '../endpoint/reply-reader';
import { chatCompletions } from './chat-dialect';

/** A stream with all that is awkward: several bytes a letter, comments, CRLF, other fields, tool calls. */
const awkward = Buffer.from(
  [
    '\ufeff: keep-alive\n\n',
    sse(say('Grüezi '), say('🌦️ 天気')).replaceAll('\n', '\r\n'),
    'event: ping\nid: 7\nretry: 100\ndata: ping\n\n',
    sse(
      delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'wetter', arguments: '{"ort":"Zü' } }] }),
    ),
    ': more\r\r',
    sse(delta({ tool_calls: [{ index: 0, function: { arguments: 'rich"}' } }] })).replaceAll('\n', '\r'),
    sse(finish('tool_calls'), usage(11, 5), '[DONE]'),
  ].join(''),
);

function replyTo(chunks: readonly Buffer[]) {
  const shown: string[] = [];
  const reader = new ReplyReader(
    chatCompletions,
    (text) => shown.push(text),
    () => 0,
  );
  reader.onHead({ status: 200, headers: { 'content-type': 'text/event-stream' } });
  for (const chunk of chunks) if (reader.onChunk(chunk) === 'done') break;
  const end = reader.end(false);
  return {
    end,
    shown: shown.join(''),
    message: reader.draft.message(() => new Set()),
    usage: reader.draft.usage(() => 0),
  };
}

const expected = {
  end: { kind: 'complete' },
  shown: 'Grüezi 🌦️ 天気',
  message: { content: 'Grüezi 🌦️ 天気', toolCalls: [{ id: 'a', name: 'wetter', args: { ort: 'Zürich' } }] },
  usage: { usage: { inputTokens: 11, outputTokens: 5 }, isUsageEstimated: false },
};

function splitAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...[...new Set(cuts)].toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((edge, n) => bytes.subarray(edges[n], edge));
}

describe('a stream, however it is split', () => {
  it('into single bytes', () => {
    expect(replyTo([...awkward].map((byte) => Buffer.of(byte)))).toEqual(expected);
  });

  it('at any one place', () => {
    for (let cut = 1; cut < awkward.length; cut += 1) {
      expect(replyTo(splitAt(awkward, [cut]))).toEqual(expected);
    }
  });

  it('at any places', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: awkward.length - 1 }), { maxLength: 40 });
    fc.assert(
      fc.property(cuts, (places) => {
        expect(replyTo(splitAt(awkward, places))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('carries any text and any arguments, whatever characters they hold', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 10 });
    fc.assert(
      fc.property(texts, fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(), (pieces, args, seed) => {
        const text = JSON.stringify(args);
        const call = (part: string, id?: string): object =>
          delta({
            tool_calls: [
              { index: 0, id, function: { name: id === undefined ? undefined : 'f', arguments: part } },
            ],
          });
        const cut = text.length === 0 ? 0 : seed % text.length;
        const bytes = Buffer.from(
          sse(...pieces.map(say), call(text.slice(0, cut), 'a'), call(text.slice(cut)), finish(), '[DONE]'),
        );
        const { message } = replyTo(splitAt(bytes, [1 + (seed % (bytes.length - 1))]));
        expect(message.content).toBe(pieces.join(''));
        expect(message.toolCalls).toEqual([{ id: 'a', name: 'f', args: JSON.parse(text) as unknown }]);
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
        expect(['complete', 'incomplete', 'refused', 'foreign']).toContain(
          replyTo(chunks.map((chunk) => Buffer.from(chunk))).end.kind,
        );
      }),
    );
  });

  it('never throws, whatever JSON its events hold', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.jsonValue(), (events, inner) => {
        const shaped = { choices: [{ delta: { content: inner, tool_calls: [inner, { function: inner }] } }] };
        replyTo([Buffer.from(sse(...events.map((event) => JSON.stringify(event)), shaped))]);
      }),
    );
  });
});
