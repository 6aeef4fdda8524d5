import { describe, expect, it } from '@jest/globals';
import { LuminaError } from '@lumina/contracts';
import fc from 'fast-check';
import { ChatBody } from '../chat/chat.controller';
import { CreateRunBody, CreateThreadBody, modesOf } from '../langgraph/bodies';
import { BodyPipe } from './body.pipe';

const pipe = new BodyPipe();
const input = { messages: [{ role: 'user', content: 'hello' }] };

function faultsOf(metatype: new () => object, value: unknown) {
  try {
    pipe.transform(value, { type: 'body', metatype });
  } catch (error) {
    if (error instanceof LuminaError)
      return { code: error.code, message: error.message, fields: error.fields };
    throw error;
  }
  return undefined;
}

describe('BodyPipe', () => {
  it('makes a body of what fits, and leaves out what it does not know', () => {
    const body = pipe.transform(
      { input, assistant_id: 'lumina', stream_mode: 'values', config: { a: 1 }, __proto__x: 1 },
      { type: 'body', metatype: CreateRunBody },
    );
    expect(body).toBeInstanceOf(CreateRunBody);
    expect(body).toEqual({ input, assistant_id: 'lumina', stream_mode: 'values' });
  });

  it('takes null for absent, as clients send it', () => {
    const body = { input, assistant_id: null, stream_mode: null, command: null, webhook: null };
    expect(pipe.transform(body, { type: 'body', metatype: CreateRunBody })).toEqual({ input });
  });

  it('tells all that is wrong at once, each with its path', () => {
    const body = {
      input: {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'system', content: 'b' },
        ],
      },
    };
    const wrong = { ...body, assistant_id: 7, stream_mode: 'events', multitask_strategy: 'replace' };
    const faults = faultsOf(CreateRunBody, { ...wrong, webhook: 'file:///x', interrupt_before: ['agent'] });
    expect(faults?.code).toBe('LUM_VALIDATION_FAILED');
    expect(faults?.fields).toEqual([
      { field: 'assistant_id', expected: expect.any(String) },
      { field: 'input.messages.1.role', expected: '"user" (or "human"), got "system"' },
      {
        field: 'stream_mode',
        expected: expect.stringMatching(/^one or several of values, updates, messages-tuple, /),
      },
      { field: 'multitask_strategy', expected: 'one of reject, enqueue, interrupt, rollback' },
      { field: 'interrupt_before', expected: 'nothing: interrupting before a node is not offered' },
      { field: 'webhook', expected: 'an http or https URL: only http and https are fetched' },
    ]);
    expect(faults?.message).toContain('input.messages.1.role: expected "user"');
  });

  it.each([
    [CreateRunBody, {}, 'input'],
    [CreateRunBody, { input: 'hello' }, 'input'],
    [CreateRunBody, { input, metadata: [] }, 'metadata'],
    [CreateRunBody, { input, if_not_exists: true }, 'if_not_exists'],
    [CreateRunBody, { input, stream_mode: ['values', 'events'] }, 'stream_mode'],
    [CreateThreadBody, { thread_id: 'abc' }, 'thread_id'],
    [CreateThreadBody, { if_exists: 'replace' }, 'if_exists'],
    [CreateThreadBody, { metadata: 'x' }, 'metadata'],
    [ChatBody, {}, 'message'],
    [ChatBody, { message: '' }, 'message'],
    [ChatBody, { message: { a: 1 } }, 'message'],
    [ChatBody, { message: 'hi', thread_id: 'nope' }, 'thread_id'],
    [ChatBody, { message: 'hi', agent: 'x'.repeat(129) }, 'agent'],
  ])('names the field of %p that does not fit in %j', (metatype, body, field) => {
    expect(faultsOf(metatype, body)?.fields.map((fault) => fault.field)).toEqual([field]);
  });

  it.each([undefined, null, 'text', 7, [], [{}]])('refuses a body that is no object: %j', (body) => {
    expect(faultsOf(ChatBody, body)).toMatchObject({ message: 'The body must be a JSON object.' });
  });

  it('leaves queries, parameters and bodies of no class alone', () => {
    expect(pipe.transform('x', { type: 'param', metatype: String })).toBe('x');
    expect(pipe.transform([1], { type: 'body' })).toEqual([1]);
  });

  it('answers any JSON with a body or with fields, and throws nothing else', () => {
    const classes = [CreateRunBody, CreateThreadBody, ChatBody];
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...classes), (value, metatype) => {
        const faults = faultsOf(metatype, value);
        expect([undefined, 'LUM_VALIDATION_FAILED']).toContain(faults?.code);
      }),
      { numRuns: 500 },
    );
  });

  it('reads one mode or several, and values by default', () => {
    const modes = (stream_mode?: CreateRunBody['stream_mode']) => {
      const body = Object.assign(new CreateRunBody(), { input });
      return modesOf(stream_mode === undefined ? body : Object.assign(body, { stream_mode }));
    };
    expect(modes()).toEqual(new Set(['values']));
    expect(modes('updates')).toEqual(new Set(['updates']));
    expect(modes(['updates', 'messages-tuple'])).toEqual(new Set(['updates', 'messages-tuple']));
  });
});
