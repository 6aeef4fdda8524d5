import { describe, expect, it } from '@jest/globals';
import { LuminaError } from '@lumina/contracts';
import { BodyPipe } from '../bodies/body.pipe';
import { CreateChatCompletionBody } from './chat-body';
import { chatRequest } from './chat-request';
import { inputSchema, toldByInput } from './input-items';
import { CreateResponseBody } from './response-body';

const pipe = new BodyPipe();
const read = (metatype: new () => object, body: unknown): unknown =>
  pipe.transform(body, { type: 'body', metatype, data: undefined });

function fault(act: () => unknown): string {
  try {
    act();
    return 'none';
  } catch (error) {
    if (!(error instanceof LuminaError)) throw error;
    return error.message;
  }
}

const tool = { type: 'function', name: 'weather', parameters: {} };
const chatTool = { type: 'function', function: { name: 'weather', parameters: {} } };
const asker = {
  caller: { name: 'key:1', tenant: 'acme', scopes: new Set<never>() },
  idempotencyKey: undefined,
};

describe('the body of a response', () => {
  it.each([
    [{}, 'input: expected text, or a list of items'],
    [{ input: 7 }, 'input: expected text, or a list of items'],
    [{ input: [] }, 'input'],
    [{ input: [{ role: 'robot', content: 'x' }] }, 'input.0.role: expected "user"'],
    [{ input: [{ type: 'novel' }] }, 'input.0.type: expected "message"'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] }, 'input.0.content'],
    [{ input: 'x', previous_response_id: 'other' }, 'previous_response_id: expected the id of a response'],
    [{ input: 'x', tools: [{ type: 'web_search' }] }, 'tools.0.type: expected "function"'],
    [{ input: 'x', tools: [{ ...tool, name: 'a b' }] }, 'tools.0.name: expected a name of up to 64'],
    [{ input: 'x', tools: [tool, tool] }, 'tools: expected tools of different names'],
    [{ input: 'x', tool_choice: 'maybe' }, 'tool_choice: expected'],
    [{ input: 'x', text: { format: { type: 'xml' } } }, 'text'],
    [{ input: 'x', text: { verbosity: 'high' } }, 'text.verbosity: expected "medium"'],
    [{ input: 'x', temperature: 3 }, 'temperature: expected 0 to 2'],
    [{ input: 'x', max_output_tokens: 0 }, 'max_output_tokens: expected 1 or more'],
    [{ input: 'x', top_logprobs: 3 }, 'top_logprobs: expected nothing'],
    [{ input: 'x', include: ['message.output_text.logprobs'] }, 'include: expected nothing but'],
    [{ input: 'x', conversation: 'c1' }, 'conversation: expected nothing'],
    [{ input: 'x', metadata: { a: 1 } }, 'metadata.a'],
    [{ input: 'x', stream: 'yes' }, 'stream: expected true or false'],
  ])('%j does not fit', (body, expected) => {
    expect(fault(() => read(CreateResponseBody, body))).toContain(expected);
  });

  it.each([
    [{ input: 'x', tools: [tool], tool_choice: { type: 'function', name: 'weather' } }],
    [{ input: [{ role: 'user', content: 'x' }], text: null, tools: null, metadata: null }],
    [
      {
        input: [
          { type: 'reasoning', summary: [] },
          { role: 'user', content: 'x' },
        ],
        unknown_field: 1,
      },
    ],
  ])('%j fits', (body) => {
    expect(fault(() => read(CreateResponseBody, body))).toBe('none');
  });
});

describe('the items of an input', () => {
  const told = (items: unknown) => toldByInput(inputSchema.parse(items), []);

  it('are turns in their order: the last words of people are new', () => {
    const { instructions, context, input } = told([
      { role: 'developer', content: 'Rhyme.' },
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [{ type: 'output_text', text: 'b' }] },
      { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'function_call', call_id: 'c2', name: 'weather', arguments: '{' },
      { type: 'function_call_output', call_id: 'c1', output: [{ type: 'input_text', text: 'sunny' }] },
      { type: 'function_call_output', call_id: 'c2', output: 'what?' },
      { role: 'user', content: 'd' },
    ]);
    expect(instructions).toBe('Rhyme.');
    expect(input).toEqual([{ id: undefined, text: 'd' }]);
    expect(context).toMatchObject([
      { role: 'user', content: 'a' },
      {
        role: 'assistant',
        content: 'b',
        toolCalls: [
          { id: 'c1', args: { city: 'Oslo' } },
          { id: 'c2', args: null, malformed: '{' },
        ],
      },
      { role: 'tool', toolCallId: 'c1', name: 'weather', content: 'sunny' },
      { role: 'tool', toolCallId: 'c2', content: 'what?' },
    ]);
  });

  it('hold calls of the agent, with what came of them', () => {
    const call = {
      type: 'mcp_call',
      id: 'mcp_1',
      name: 'read_file',
      server_label: 'lumina',
      arguments: '{}',
    };
    const { context, input } = told([
      { ...call, output: 'content' },
      { ...call, id: 'mcp_2', error: { type: 'mcp_tool_execution_error' } },
    ]);
    expect(input).toEqual([]);
    expect(context).toMatchObject([
      { role: 'assistant', toolCalls: [{ id: 'mcp_1' }] },
      { role: 'tool', content: 'content', isError: false },
      { role: 'assistant', toolCalls: [{ id: 'mcp_2' }] },
      { role: 'tool', isError: true },
    ]);
  });
});

describe('the body of a chat completion', () => {
  const messages = [{ role: 'user', content: 'x' }];
  it.each([
    [{}, 'messages: expected a list of messages'],
    [{ messages: [] }, 'messages: expected at least one message'],
    [{ messages: [{ role: 'user', content: null }] }, 'messages.0.content'],
    [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages.0.role: expected "user"'],
    [{ messages, n: 2 }, 'n: expected 1'],
    [{ messages, logprobs: true }, 'logprobs: expected nothing'],
    [{ messages, functions: [{ name: 'f' }] }, 'functions: expected nothing'],
    [{ messages, modalities: ['audio'] }, 'modalities: expected nothing but text'],
    [{ messages, stop: 7 }, 'stop: expected text'],
    [{ messages, response_format: { type: 'json_schema' } }, 'response_format'],
  ])('%j does not fit', (body, expected) => {
    expect(fault(() => read(CreateChatCompletionBody, body))).toContain(expected);
  });

  const planned = (body: object) =>
    chatRequest(read(CreateChatCompletionBody, body) as CreateChatCompletionBody, asker);

  it('asks in our terms for all that it names', () => {
    const { options, input } = planned({
      messages: [{ role: 'system', content: 'Rhyme.' }, ...messages],
      tools: [chatTool],
      tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [chatTool] } },
      parallel_tool_calls: false,
      response_format: { type: 'json_schema', json_schema: { name: 'p', schema: {}, strict: true } },
      ...{ max_tokens: 9, temperature: 0, top_p: 0.5, stop: 'END', seed: 1, reasoning_effort: 'low' },
    });
    expect(input).toEqual([{ id: undefined, text: 'x' }]);
    expect(options).toEqual({
      instructions: 'Rhyme.',
      clientTools: [{ name: 'weather', description: '', parameters: {} }],
      toolChoice: 'required',
      isParallelCallsAllowed: false,
      answerFormat: { type: 'json_schema', name: 'p', schema: {}, isStrict: true },
      maxOutputTokens: 9,
      sampling: { temperature: 0, topP: 0.5, stop: ['END'], seed: 1, reasoningEffort: 'low' },
    });
  });

  it('cannot choose a tool that it does not name, or answer a call that there is not', () => {
    const tool_choice = { type: 'function', function: { name: 'other' } };
    expect(fault(() => planned({ messages, tools: [chatTool], tool_choice }))).toContain('got "other"');
    const answer = { role: 'tool', tool_call_id: 'c9', content: 'x' };
    expect(fault(() => planned({ messages: [...messages, answer] }))).toContain('messages.1.tool_call_id');
  });
});
