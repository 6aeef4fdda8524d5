import { describe, expect, it } from '@jest/globals';
import type { ToolOffer } from '@lumina/contracts';
import { messagesRequestBody } from './anthropic/messages-request';
import type { ModelRequest } from './model-client';
import { ollamaRequestBody } from './ollama/chat-request';
import { responsesRequestBody } from './responses/responses-request';
import { question } from './testing/harness';

const tool: ToolOffer = {
  ...{ name: 'now', description: 'Tells the time.', parameters: { type: 'object' } },
  ...{ risk: 'read', isIdempotent: true, timeoutMs: 1_000 },
};
const sampling = { temperature: 1.5, topP: 0.9, seed: 7, stop: ['END'], reasoningEffort: 'low' };
const asked = (
  write: (model: string, request: ModelRequest) => string,
  changes: Partial<ModelRequest>,
): unknown => JSON.parse(write('m', { ...question, tools: [tool], ...changes }));

describe('what a request asks for beside its words', () => {
  it('in the words of Responses', () => {
    const body = asked(responsesRequestBody, {
      sampling,
      toolChoice: { name: 'now' },
      isParallelCallsAllowed: false,
    });
    expect(body).toMatchObject({
      ...{ temperature: 1.5, top_p: 0.9, reasoning: { effort: 'low' }, store: false },
      ...{ tool_choice: { type: 'function', name: 'now' }, parallel_tool_calls: false },
    });
    expect(asked(responsesRequestBody, { answerFormat: { type: 'json_object' } })).toMatchObject({
      text: { format: { type: 'json_object' } },
    });
  });

  it('in the words of Messages, whose temperature ends at 1', () => {
    const body = asked(messagesRequestBody, {
      sampling,
      toolChoice: 'required',
      isParallelCallsAllowed: false,
    });
    expect(body).toMatchObject({
      ...{ temperature: 1, top_p: 0.9, stop_sequences: ['END'] },
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    });
    expect(asked(messagesRequestBody, { toolChoice: { name: 'now' } })).toMatchObject({
      tool_choice: { type: 'tool', name: 'now' },
    });
    expect(asked(messagesRequestBody, { toolChoice: 'required', tools: [] })).not.toHaveProperty(
      'tool_choice',
    );
  });

  it('in the words of Ollama, which is not shown what it must not call', () => {
    const body = asked(ollamaRequestBody, {
      sampling,
      toolChoice: 'none',
      answerFormat: { type: 'json_object' },
    });
    expect(body).toMatchObject({
      options: { temperature: 1.5, top_p: 0.9, seed: 7, stop: ['END'] },
      format: 'json',
    });
    expect(body).not.toHaveProperty('tools');
  });
});

describe('the hints for a cache', () => {
  it('stand at the end of the instructions and of the conversation, where they are wanted', () => {
    const hint = { cache_control: { type: 'ephemeral' } };
    expect(asked(messagesRequestBody, { promptCache: true })).toMatchObject({
      system: [hint],
      messages: [{ role: 'user', content: [hint] }],
    });
    expect(JSON.stringify(asked(messagesRequestBody, {}))).not.toContain('cache_control');
  });

  it('follow turns that belong together, the first of which is the user’s', () => {
    const body = asked(messagesRequestBody, {
      messages: [
        { role: 'assistant', id: 'a', content: '', toolCalls: [{ id: 'call.1:x', name: 'now', args: {} }] },
        { role: 'tool', id: 't', toolCallId: 'call.1:x', name: 'now', content: '12:00', isError: false },
        { role: 'user', id: 'u', content: 'Thanks.' },
      ],
    });
    expect(body).toMatchObject({
      messages: [
        { role: 'user' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1_x' }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1_x' }, { type: 'text' }] },
      ],
    });
  });
});
