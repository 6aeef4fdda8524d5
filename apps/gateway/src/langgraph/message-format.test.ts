import { describe, expect, it } from '@jest/globals';
import { answered, toolAnswered } from '../testing/facts';
import {
  assistantMessage,
  closingChunk,
  langGraphMessage,
  removedMessage,
  textChunk,
} from './message-format';

describe('messages for LangGraph clients', () => {
  it('shows what a person said', () => {
    expect(langGraphMessage({ role: 'user', id: 'u1', content: 'hello' })).toEqual({
      ...{ type: 'human', id: 'u1', content: 'hello', additional_kwargs: {}, response_metadata: {} },
    });
  });

  it('shows an answer with its calls, and apart from them those that cannot be read', () => {
    const { message } = answered({ content: 'Let me see.', calls: ['c1'] });
    const malformed = { id: 'c2', name: 'read_file', args: null, malformed: '{"path": ' };
    const unsaid = { id: 'c3', name: 'read_file', args: null };
    const shown = langGraphMessage({ ...message, toolCalls: [...message.toolCalls, malformed, unsaid] });
    expect(shown).toMatchObject({
      ...{ type: 'ai', id: 'm1', content: 'Let me see.' },
      tool_calls: [{ id: 'c1', name: 'read_file', args: { path: 'c1.txt' }, type: 'tool_call' }],
      invalid_tool_calls: [
        { id: 'c2', args: '{"path": ', type: 'invalid_tool_call' },
        { id: 'c3', args: '', type: 'invalid_tool_call' },
      ],
    });
    expect(shown).not.toHaveProperty('usage_metadata');
  });

  it('adds model and tokens where they are known', () => {
    const fact = answered({ content: 'Done.' });
    expect(assistantMessage(fact.message, fact)).toMatchObject({
      response_metadata: { model_name: 'simulated/simulated', finish_reason: 'stop' },
      usage_metadata: { input_tokens: 7, output_tokens: 3, total_tokens: 10 },
    });
  });

  it.each([
    [false, 'success'],
    [true, 'error'],
  ])('shows a tool answer (error: %s) with its status', (isError, status) => {
    expect(langGraphMessage(toolAnswered('c1', 'text', isError).message)).toMatchObject({
      ...{ type: 'tool', id: 't-c1', tool_call_id: 'c1', name: 'read_file', content: 'text', status },
    });
  });

  it('streams words, and closes with all that words do not hold', () => {
    expect(textChunk('m1', 'Let')).toMatchObject({
      type: 'ai',
      id: 'm1',
      content: 'Let',
      tool_call_chunks: [],
    });
    const fact = answered({ content: 'Let me see.', calls: ['c1'] });
    const malformed = { id: 'c2', name: 'read_file', args: null, malformed: '{"p' };
    const unsaid = { id: 'c3', name: 'read_file', args: null };
    const message = { ...fact.message, toolCalls: [...fact.message.toolCalls, malformed, unsaid] };
    expect(closingChunk(message, fact)).toMatchObject({
      content: '',
      tool_call_chunks: [
        { id: 'c1', args: '{"path":"c1.txt"}', index: 0, type: 'tool_call_chunk' },
        { id: 'c2', args: '{"p', index: 1 },
        { id: 'c3', args: '', index: 2 },
      ],
    });
  });

  it('takes a message back', () => {
    expect(removedMessage('m1')).toMatchObject({ type: 'remove', id: 'm1' });
  });
});
