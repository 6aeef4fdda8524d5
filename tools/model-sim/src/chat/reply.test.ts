import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Reply, deltaCountOf, deltasOf, estimateUsage, wordsOf } from './reply';
import { parseChatRequest } from './request';

interface Delta {
  readonly content?: string;
  readonly tool_calls?: readonly {
    index: number;
    id?: string;
    function: { name?: string; arguments: string };
  }[];
}

const reply = (text: string, args: readonly string[] = []): Reply => ({
  model: 'm',
  text,
  toolCalls: args.map((argument, index) => ({ id: `c${String(index)}`, name: 'tool', arguments: argument })),
  finishReason: 'stop',
  usage: null,
});

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.constant('  \n a  \t '),
);

describe('a streamed reply', () => {
  it('joins to the text that it was cut from', () => {
    fc.assert(fc.property(anyText, (text) => wordsOf(text).join('') === text));
    expect(wordsOf('two words ')).toEqual(['two', ' words', ' ']);
    expect(wordsOf('x'.repeat(70)).map((word) => word.length)).toEqual([32, 32, 6]);
  });

  it('carries every text and argument whole, and counts its deltas', () => {
    fc.assert(
      fc.property(anyText, fc.array(anyText, { maxLength: 3 }), (text, args) => {
        const said = reply(text, args);
        const deltas = deltasOf(said).map((delta) => JSON.parse(delta) as Delta);
        expect(deltas).toHaveLength(deltaCountOf(said));
        expect(deltas.map(({ content }) => content ?? '').join('')).toBe(text);
        const joined = args.map((_, index) =>
          deltas
            .flatMap(({ tool_calls }) => tool_calls ?? [])
            .filter((call) => call.index === index)
            .map((call) => call.function.arguments)
            .join(''),
        );
        expect(joined).toEqual(args);
      }),
    );
  });

  it('names a call once, in its first delta', () => {
    const [head, piece] = deltasOf(reply('', ['{"a":1}'])).map((delta) => JSON.parse(delta) as Delta);
    expect(head).toEqual({
      tool_calls: [{ index: 0, id: 'c0', type: 'function', function: { name: 'tool', arguments: '' } }],
    });
    expect(piece).toEqual({ tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] });
  });
});

const parsed = (body: unknown): unknown => parseChatRequest(body);
const base = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

describe('a request', () => {
  it('concatenates text parts and leaves images out', () => {
    const content = [
      { type: 'text', text: 'see ' },
      { type: 'image_url', image_url: { url: 'data:' } },
      { type: 'text', text: 'this' },
      7,
    ];
    expect(parsed({ model: 'm', messages: [{ role: 'user', content }] })).toMatchObject({
      request: { messages: [{ text: 'see this' }] },
    });
  });

  it('reads calls, results, tools and stream options; tool_choice none offers nothing', () => {
    const messages = [
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c', function: { name: 't', arguments: '{}' } }, { id: 7 }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'ok' },
    ];
    const tools = [{ type: 'function', function: { name: 't' } }, { type: 'function' }, 'x'];
    const body = { model: 'm', messages, tools, stream: true, stream_options: { include_usage: true } };
    expect(parsed(body)).toMatchObject({
      kind: 'ok',
      request: {
        isStream: true,
        isUsageWanted: true,
        messages: [
          {
            toolCalls: [
              { id: 'c', name: 't', arguments: '{}' },
              { id: '', name: '' },
            ],
          },
          { toolCallId: 'c', text: 'ok' },
        ],
        tools: [{ name: 't', parameters: {} }],
      },
    });
    expect(parsed({ ...body, tool_choice: 'none' })).toMatchObject({ request: { tools: [] } });
  });

  it.each([
    [null, null],
    [[], null],
    [{ messages: base.messages }, 'model'],
    [{ model: 'm' }, 'messages'],
    [{ model: 'm', messages: [] }, 'messages'],
    [{ model: 'm', messages: [{ role: 'user' }, null] }, 'messages[1]'],
    [{ ...base, stream: 'yes' }, 'stream'],
    [{ ...base, tools: {} }, 'tools'],
  ])('refuses %j naming %s', (body, param) => {
    expect(parsed(body)).toMatchObject({ kind: 'invalid', param });
  });

  it('is estimated at a token for four characters', () => {
    const request = parseChatRequest({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(40) }] });
    if (request.kind !== 'ok') throw new Error('refused');
    expect(estimateUsage(request.request, { text: 'y'.repeat(9), toolCalls: [] })).toEqual({
      prompt: 10,
      completion: 3,
    });
  });
});
