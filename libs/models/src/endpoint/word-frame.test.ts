import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anthropicMessages } from '../anthropic/messages-dialect';
import { chatCompletions } from '../openai/chat-dialect';
import { AnswerDraft } from './answer-draft';
import { parseObject } from './json-value';
import { WordFrame } from './word-frame';

const chunk = (content: string, more: object = {}): string =>
  JSON.stringify({ id: 'c1', choices: [{ index: 0, delta: { content }, finish_reason: null }], ...more });

/** A frame that has learnt from a chunk with this word. */
function frameOf(word: string, document: string = chunk(word)): WordFrame {
  const frame = new WordFrame(chatCompletions);
  frame.learn(document, word);
  return frame;
}

describe('a frame of words', () => {
  it.each([' was', 'ä 天気 🌦️', '', 'x'.repeat(5_000)])('knows a document with another word: %j', (word) => {
    expect(frameOf('The').wordIn(chunk(word))).toBe(word);
  });

  it('knows the deltas of Anthropic’s, too', () => {
    const delta = (text: string): string =>
      JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
    const frame = new WordFrame(anthropicMessages);
    frame.learn(delta('one'), 'one');
    expect(frame.wordIn(delta(' two'))).toBe(' two');
  });

  it.each([
    ['a word that is escaped', chunk('say "no"')],
    ['a line break', chunk('a\nb')],
    ['a word that would end its string', chunk('The').replace('The', 'a","role":"assistant')],
    ['a control character, which JSON forbids', chunk('The').replace('The', 'a\tb')],
    ['another id', chunk('a').replace('c1', 'c2')],
    ['a reason to finish', chunk('a').replace('null', '"stop"')],
    ['something behind', chunk('a', { usage: { prompt_tokens: 1 } })],
    ['less than the frame', chunk('a').slice(0, 40)],
    ['no JSON', '[DONE]'],
  ])('leaves to be read: %s', (_, data) => {
    expect(frameOf('The').wordIn(data)).toBeUndefined();
  });

  it.each([
    ['of a document that counts tokens', chunk('a', { usage: { prompt_tokens: 1, completion_tokens: 1 } })],
    ['of one that ends the answer', chunk('a').replace('null', '"stop"')],
    ['of one with an error', chunk('a', { error: null })],
    ['of one that asks for a tool', chunk('a').replace('"content"', '"tool_calls":[{"id":"t"}],"content"')],
    ['where another string holds the word last', chunk('a', { model: 'a' })],
    ['where the word is written in another way', chunk('a').replace('"a"', '"\\u0061"')],
    ['where it is only the end of a string', chunk('x\\"a').replace('\\\\', '')],
  ])('learns nothing %s', (_, document) => {
    const frame = frameOf('a', document);
    expect(frame.wordIn(document)).toBeUndefined();
    expect(frame.wordIn(chunk('b'))).toBeUndefined();
  });

  it('gives up where no document repeats another', () => {
    let read = 0;
    const frame = new WordFrame({ read: () => (read += 1) < 0 });
    for (let n = 0; n < 100; n += 1) frame.learn(chunk('a', { sequence: n }), 'a');
    expect(read).toBeLessThan(5);
  });

  it('says what reading says, or nothing', () => {
    const word = fc.oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('content', 'index', '0'),
    );
    const document = fc
      .record({ content: word, model: word, logprobs: fc.option(word), space: fc.constantFrom(0, 1) })
      .map(({ content, model, logprobs, space }) =>
        JSON.stringify({ model, choices: [{ index: 0, delta: { content, logprobs } }] }, undefined, space),
      );
    fc.assert(
      fc.property(fc.array(document, { minLength: 2 }), document, (documents, last) => {
        const frame = new WordFrame(chatCompletions);
        for (const data of [...documents, last, last]) {
          let said = '';
          const draft = new AnswerDraft((text) => (said = text));
          chatCompletions.read(parseObject(data) ?? {}, draft);
          const known = frame.wordIn(data);
          if (known === undefined) frame.learn(data, said);
          else expect(known).toBe(said);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
