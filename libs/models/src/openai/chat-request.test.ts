import { describe, expect, it } from '@jest/globals';
import type { Message, ToolOffer } from '@lumina/contracts';
import type { ModelRequest } from '../model-client';
import { chatRequestBody } from './chat-request';

const request: ModelRequest = { system: 'Be brief.', messages: [], tools: [], maxOutputTokens: 50 };
const bodyOf = (
  changes: Partial<ModelRequest>,
  dialect: 'max_tokens' | 'max_completion_tokens' = 'max_tokens',
) =>
  JSON.parse(chatRequestBody('m', { ...request, ...changes }, { outputLimitField: dialect })) as Record<
    string,
    unknown
  >;

describe('chatRequestBody', () => {
  it('asks for a stream that reports usage', () => {
    expect(bodyOf({})).toEqual({
      model: 'm',
      messages: [{ role: 'system', content: 'Be brief.' }],
      max_tokens: 50,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('leaves out what is not set, and speaks the newer dialect where it must', () => {
    const body = bodyOf({ system: '', sampling: { temperature: 0 } }, 'max_completion_tokens');
    expect(body).toMatchObject({ messages: [], temperature: 0, max_completion_tokens: 50 });
    expect(body).not.toHaveProperty('max_tokens');
    expect(body).not.toHaveProperty('tools');
  });

  it('offers tools by name, description and parameters only', () => {
    const offer: ToolOffer = {
      name: 'add',
      description: 'adds',
      parameters: { type: 'object' },
      risk: 'read',
      isIdempotent: true,
      timeoutMs: 1,
    };
    expect(bodyOf({ tools: [offer] })['tools']).toEqual([
      { type: 'function', function: { name: 'add', description: 'adds', parameters: { type: 'object' } } },
    ]);
  });

  it('replays a conversation with tools', () => {
    const messages: Message[] = [
      { role: 'user', id: '1', content: 'hi' },
      { role: 'assistant', id: '2', content: 'well', toolCalls: [] },
      {
        role: 'assistant',
        id: '3',
        content: '',
        toolCalls: [
          { id: 'a', name: 'add', args: { x: 1 } },
          { id: 'b', name: 'add', args: null, malformed: '{"x":' },
        ],
      },
      { role: 'tool', id: '4', toolCallId: 'a', name: 'add', content: '2', isError: false },
    ];
    expect(bodyOf({ system: '', messages })['messages']).toEqual([
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'well' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'add', arguments: '{"x":1}' } },
          {
            id: 'b',
            type: 'function',
            function: { name: 'add', arguments: '{"unparsed_arguments":"{\\"x\\":"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: '2' },
    ]);
  });

  it('sends no half of a surrogate pair, which some servers cannot read', () => {
    const body = bodyOf({ system: 'cut \ud83d', messages: [{ role: 'user', id: '1', content: '\udc00' }] });
    expect(JSON.stringify(body)).not.toMatch(/\\ud/);
  });
});
