import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFrame } from './frame-reading';

describe('readFrame', () => {
  it('sees the words of a message, and their withdrawal', () => {
    expect(readFrame('messages', [{ type: 'ai', id: 'm', content: 'Hel' }, {}])).toEqual([
      { kind: 'words', message: 'm', text: 'Hel' },
    ]);
    expect(readFrame('messages', [{ type: 'remove', id: 'm', content: '' }, {}])).toEqual([
      { kind: 'withdrawn', message: 'm' },
    ]);
    expect(readFrame('messages', [{ type: 'tool', id: 't', content: 'x' }, {}])).toEqual([]);
  });

  it('reads content in blocks', () => {
    const content = [{ type: 'text', text: 'a' }, { type: 'image' }, { type: 'text', text: 'b' }];
    expect(readFrame('messages', [{ type: 'ai', id: 'm', content }])).toMatchObject([{ text: 'ab' }]);
  });

  it('sees what the model asked for, well-formed or not', () => {
    const message = {
      type: 'ai',
      id: 'm',
      content: 'I look.',
      response_metadata: { model_name: 'openai/gpt-5' },
      tool_calls: [{ id: 'c1', name: 'grep_search', args: { pattern: 'x' } }],
      invalid_tool_calls: [{ id: 'c2', args: '{"patt' }],
    };
    expect(readFrame('updates', { agent: { messages: [message] } })).toEqual([
      {
        kind: 'answered',
        message: 'm',
        text: 'I look.',
        model: 'openai/gpt-5',
        calls: [
          { id: 'c1', name: 'grep_search', args: { pattern: 'x' } },
          { id: 'c2', name: 'a tool', args: '{"patt' },
        ],
      },
    ]);
  });

  it('sees a tool’s answer and its failure', () => {
    const message = { type: 'tool', tool_call_id: 'c', name: 'read_file', content: 'gone', status: 'error' };
    expect(readFrame('updates', { tools: { messages: [message] } })).toEqual([
      { kind: 'tool', callId: 'c', name: 'read_file', text: 'gone', isError: true },
    ]);
  });

  it('sees an interrupt with the actions to approve', () => {
    const value = { action_requests: [{ name: 'delete_file', args: { path: 'a' } }] };
    expect(readFrame('updates', { __interrupt__: [{ id: 'i', value }] })).toEqual([
      {
        ...{ kind: 'interrupted', isBudget: false },
        actions: [{ id: '', name: 'delete_file', args: { path: 'a' } }],
      },
    ]);
  });

  it('sees an interrupt that waits for more budget', () => {
    const value = {
      action_requests: [{ name: 'budget', args: { amount: 'tokens' } }],
      review_configs: [{ action_name: 'budget', allowed_decisions: ['grant', 'reject'] }],
    };
    expect(readFrame('updates', { __interrupt__: [{ id: 'i', value }] })).toMatchObject([
      { kind: 'interrupted', isBudget: true },
    ]);
  });

  it('sees failure and beginning', () => {
    expect(readFrame('error', { error: 'LUM_STEP_LIMIT', message: 'm' })).toEqual([
      { kind: 'failed', code: 'LUM_STEP_LIMIT', message: 'm' },
    ]);
    expect(readFrame('error', null)).toEqual([{ kind: 'failed', code: 'LUM_INTERNAL', message: '' }]);
    expect(readFrame('metadata', { run_id: 'r' })).toEqual([{ kind: 'began', run: 'r' }]);
    expect(
      readFrame('custom', { type: 'tool_output', tool_call_id: 'c', stream: 'stdout', text: 'hi' }),
    ).toEqual([{ kind: 'printed', text: 'hi' }]);
    expect(readFrame('custom', { type: 'somebody else`s', text: 'hi' })).toEqual([]);
  });

  it('takes any JSON under any name without breaking', () => {
    const event = fc.constantFrom('metadata', 'messages', 'updates', 'error', 'end', 'values', 'custom');
    fc.assert(
      fc.property(event, fc.jsonValue(), (name, data) => {
        expect(Array.isArray(readFrame(name, data))).toBe(true);
      }),
    );
  });
});
