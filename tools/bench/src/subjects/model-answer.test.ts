import { describe, expect, it } from '@jest/globals';
import { modelAnswer } from './model-answer';

const chunk = (delta: unknown): string => JSON.stringify({ choices: [{ index: 0, delta }] });

function answerOf(...deltas: readonly unknown[]) {
  const heard: string[] = [];
  const answer = modelAnswer((text) => void heard.push(text));
  for (const delta of deltas) answer.add(chunk(delta));
  answer.add('{"choices":[],"usage":{}}');
  answer.add('[DONE]');
  return { heard, message: answer.message() };
}

describe("the model's answer", () => {
  it('is put together from its words', () => {
    const { heard, message } = answerOf(
      { role: 'assistant', content: '' },
      { content: 'Four' },
      { content: 'ty' },
      {},
    );
    expect(heard).toEqual(['Four', 'ty']);
    expect(message).toEqual({ role: 'assistant', content: 'Fourty' });
  });

  it('has the tool calls that it asks for, whose arguments come in pieces', () => {
    const piece = (index: number, text: string) => ({ index, function: { arguments: text } });
    const head = (index: number, id: string) => ({
      index,
      id,
      function: { name: 'bench_tool', arguments: '' },
    });
    const { message } = answerOf(
      { tool_calls: [head(0, 'a')] },
      { tool_calls: [piece(0, '{"key"')] },
      { tool_calls: [head(1, 'b'), piece(0, ':"k"}')] },
      { tool_calls: [piece(1, '{}')] },
    );
    expect(message.tool_calls?.map(({ id, function: call }) => [id, call.name, call.arguments])).toEqual([
      ['a', 'bench_tool', '{"key":"k"}'],
      ['b', 'bench_tool', '{}'],
    ]);
  });
});
