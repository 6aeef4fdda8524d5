import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readRunInput } from './run-input';

const parts = [
  { type: 'text', text: 'hello ' },
  { type: 'text', text: 'there' },
];

describe('readRunInput', () => {
  it.each([
    [{ messages: 'hello' }, [{ id: undefined, text: 'hello' }]],
    [
      { messages: ['a', 'b'] },
      [
        { id: undefined, text: 'a' },
        { id: undefined, text: 'b' },
      ],
    ],
    [{ messages: { role: 'user', content: 'hello' } }, [{ id: undefined, text: 'hello' }]],
    [{ messages: [{ type: 'human', content: 'hello', id: 'm1' }] }, [{ id: 'm1', text: 'hello' }]],
    [{ messages: [{ role: 'human', content: parts, id: null }] }, [{ id: undefined, text: 'hello there' }]],
  ])('reads %j', (input, messages) => {
    expect(readRunInput(input)).toEqual({ isValid: true, messages });
  });

  it.each([
    [undefined, ''],
    [null, ''],
    ['hello', ''],
    [[], ''],
    [{}, ''],
    [{ messages: [] }, '.messages'],
    [{ messages: Array.from({ length: 101 }, () => 'a') }, '.messages'],
    [{ messages: null }, '.messages'],
    [{ messages: [7] }, '.messages.0'],
    [{ messages: '  ' }, '.messages'],
    [{ messages: ['a', ''] }, '.messages.1'],
    [{ messages: [{ content: 'a' }] }, '.messages.0.type'],
    [{ messages: [{ role: 'assistant', content: 'a' }] }, '.messages.0.role'],
    [{ messages: [{ type: 'ai', content: 'a' }] }, '.messages.0.type'],
    [{ messages: [{ role: 'user' }] }, '.messages.0.content'],
    [{ messages: [{ role: 'user', content: [{ type: 'image_url', url: 'x' }] }] }, '.messages.0.content'],
    [{ messages: [{ role: 'user', content: [null] }] }, '.messages.0.content'],
    [{ messages: [{ role: 'user', content: [] }] }, '.messages.0.content'],
    [{ messages: [{ role: 'user', content: 'a', id: '' }] }, '.messages.0.id'],
    [{ messages: [{ role: 'user', content: 'a', id: 7 }] }, '.messages.0.id'],
    [{ messages: { role: 'user', content: 'a', id: 'x'.repeat(129) } }, '.messages.id'],
  ])('refuses %j and says where', (input, path) => {
    expect(readRunInput(input)).toMatchObject({
      isValid: false,
      path,
      expected: expect.stringMatching(/\S/),
    });
  });

  it('never throws: any JSON gives messages with words, or a path', () => {
    const message = fc.record(
      { role: fc.jsonValue(), type: fc.jsonValue(), content: fc.jsonValue(), id: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const near = fc.record({ messages: fc.oneof(message, fc.array(fc.oneof(message, fc.jsonValue()))) });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), near), (value) => {
        const input = readRunInput(value);
        if (input.isValid) {
          expect(input.messages.length).toBeGreaterThan(0);
          for (const { text } of input.messages) expect(text.trim()).not.toBe('');
        } else {
          expect(input.path).toMatch(/^(\.[\w-]+)*$/);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
