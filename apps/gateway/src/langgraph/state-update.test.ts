import { describe, expect, it } from '@jest/globals';
import type { Message } from '@lumina/contracts';
import { applyChanges, readChanges } from './state-update';

const user = (id: string, content = id): Message => ({ role: 'user', id, content });

describe('readChanges', () => {
  it('reads every kind of message', () => {
    const messages = [
      { role: 'user', id: 'u', content: 'hi' },
      { type: 'ai', id: 'a', content: '', tool_calls: [{ id: 'c', name: 't', args: { x: 1 } }] },
      { type: 'tool', id: 't', content: 'no', tool_call_id: 'c', status: 'error' },
      { type: 'remove', id: 'old' },
    ];
    expect(readChanges({ messages })).toEqual([
      { kind: 'message', message: user('u', 'hi') },
      {
        kind: 'message',
        message: {
          role: 'assistant',
          id: 'a',
          content: '',
          toolCalls: [{ id: 'c', name: 't', args: { x: 1 } }],
        },
      },
      {
        kind: 'message',
        message: { role: 'tool', id: 't', content: 'no', toolCallId: 'c', name: 'tool', isError: true },
      },
      { kind: 'remove', id: 'old' },
    ]);
  });

  it('gives a message that has no id one of its own', () => {
    const [change] = readChanges({ messages: { role: 'user', content: 'hi' } });
    expect(change).toMatchObject({
      kind: 'message',
      message: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  it.each([
    [{}, 'values.messages'],
    [{ messages: ['text'] }, 'values.messages.0'],
    [{ messages: [{ role: 'user', content: 5 }] }, 'values.messages.0.content'],
    [{ messages: [{ role: 'system', content: 'x' }] }, 'values.messages.0.role'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'values.messages.0.tool_call_id'],
    [{ messages: [{ role: 'ai', content: '', tool_calls: {} }] }, 'values.messages.0.tool_calls'],
    [
      { messages: [{ role: 'ai', content: '', tool_calls: [{ args: {} }] }] },
      'values.messages.0.tool_calls.0.name',
    ],
    [
      { messages: [{ role: 'ai', content: '', tool_calls: [{ name: 't', args: [] }] }] },
      'values.messages.0.tool_calls.0.args',
    ],
  ])('names the place that is wrong: %j', (values, field) => {
    expect(() => readChanges(values)).toThrow(
      expect.objectContaining({ fields: [expect.objectContaining({ field })] }),
    );
  });
});

describe('applyChanges', () => {
  const conversation = [user('a'), user('b')];

  it('adds messages that are new, without repeating the others', () => {
    const changes = [{ kind: 'message', message: user('c') }] as const;
    expect(applyChanges(conversation, changes)).toEqual({ messages: [user('c')], isRewrite: false });
  });

  it('replaces a message with a known id where it stands', () => {
    const changes = [{ kind: 'message', message: user('a', 'changed') }] as const;
    expect(applyChanges(conversation, changes)).toEqual({
      messages: [user('a', 'changed'), user('b')],
      isRewrite: true,
    });
  });

  it('removes', () => {
    expect(applyChanges(conversation, [{ kind: 'remove', id: 'a' }])).toEqual({
      messages: [user('b')],
      isRewrite: true,
    });
  });
});
