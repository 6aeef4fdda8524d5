import { describe, expect, it } from '@jest/globals';
import type { Message, ToolOffer } from '@lumina/contracts';
import { type AnswerCache, cachedClient, isDeterministic, questionDigest } from './answer-cache';
import type { ModelRequest } from './model-client';
import { type ScriptedTurns, scriptedModelClient } from './scripted-model-client';

const tool = (risk: ToolOffer['risk']): ToolOffer => ({
  name: `a-${risk}-tool`,
  description: 'does things',
  parameters: {},
  risk,
  isIdempotent: true,
  timeoutMs: 1_000,
});
const asking = (changes: Partial<ModelRequest> = {}): ModelRequest => ({
  system: 'be exact',
  messages: [{ role: 'user', id: 'u1', content: 'How many?' }],
  tools: [tool('read')],
  maxOutputTokens: 100,
  sampling: { temperature: 0 },
  cache: { tenant: 'acme', ttlMs: 60_000 },
  ...changes,
});

/** A conversation that called a tool; ids are what a provider made up. */
const called = (id: string, result = '3'): readonly Message[] => [
  { role: 'user', id: `u-${id}`, content: 'How many?' },
  { role: 'assistant', id: `a-${id}`, content: '', toolCalls: [{ id, name: 'count', args: { of: 'x' } }] },
  { role: 'tool', id: `t-${id}`, toolCallId: id, name: 'count', content: result, isError: false },
];

function bench(turns: ScriptedTurns) {
  const kept = new Map<string, string>();
  const cache: AnswerCache = {
    get: (tenant, digest) => Promise.resolve(kept.get(`${tenant} ${digest}`)),
    put: (tenant, digest, json) => Promise.resolve(void kept.set(`${tenant} ${digest}`, json)),
    drop: (tenant, digest) => Promise.resolve(void kept.delete(`${tenant} ${digest}`)),
  };
  const scripted = scriptedModelClient(turns);
  const ask = async (
    request: ModelRequest,
    { chain = ['a/b'], through = cache, judged = 'accepted' } = {},
  ) => {
    let text = '';
    const observer = { onText: (words: string) => void (text += words), onRestart: () => undefined };
    const outcome = await cachedClient(scripted, through).answer(
      chain,
      request,
      observer,
      new AbortController().signal,
    );
    if (outcome.kind !== 'answered') throw new Error(outcome.kind);
    if (judged !== 'never') outcome.answer.onJudged?.(judged === 'accepted');
    return { answer: outcome.answer, text };
  };
  return { scripted, kept, ask };
}

const three = { text: 'Three.', costUsd: 0.5 };

describe('an answer that was given before', () => {
  it('is given again, streamed, for nothing', async () => {
    const { scripted, ask } = bench([three]);
    expect((await ask(asking())).answer).toMatchObject({ costUsd: 0.5 });
    const { answer, text } = await ask(asking());
    expect(text).toBe('Three.');
    expect(answer).toMatchObject({ isCached: true, costUsd: 0, model: 'a/b', attempts: 0 });
    expect(answer.usage).toEqual({ inputTokens: 0, outputTokens: 0 });
    expect(scripted.asked).toHaveLength(1);
  });

  it('is given to the same conversation, however its parts are called', async () => {
    const { ask } = bench([three]);
    await ask(asking({ messages: called('call_1') }));
    expect((await ask(asking({ messages: called('call_2') }))).answer.isCached).toBe(true);
  });

  it.each<[string, ModelRequest]>([
    ['of another tenant', asking({ cache: { tenant: 'other', ttlMs: 60_000 } })],
    ['with other instructions', asking({ system: 'be brief' })],
    ['with other words', asking({ messages: [{ role: 'user', id: 'u1', content: 'How many' }] })],
    ['with another tool', asking({ tools: [] })],
    ['of another length', asking({ maxOutputTokens: 99 })],
    ['with another seed', asking({ sampling: { temperature: 0, seed: 7 } })],
    ['in another form', asking({ answerFormat: { type: 'json_object' } })],
  ])('is not given to a question %s', async (_what, request) => {
    const { scripted, ask } = bench([three, three]);
    await ask(asking());
    expect((await ask(request)).answer.isCached).toBeUndefined();
    expect(scripted.asked).toHaveLength(2);
  });

  it('is not kept while nobody has said that it counts, nor when it does not', async () => {
    const { scripted, kept, ask } = bench([three, three]);
    for (const judged of ['never', 'refused'] as const) {
      await ask(asking(), { judged });
      expect(kept.size).toBe(0);
    }
    expect(scripted.asked).toHaveLength(2);
  });

  it('is dropped when it counts no more, and asked for anew', async () => {
    const { scripted, kept, ask } = bench([three, { text: 'Four.' }]);
    await ask(asking());
    expect((await ask(asking(), { judged: 'refused' })).answer.isCached).toBe(true);
    expect(kept.size).toBe(0);
    expect((await ask(asking())).text).toBe('Four.');
    expect(scripted.asked).toHaveLength(2);
  });

  it('is not given by another model, nor to what a tool said otherwise', () => {
    expect(questionDigest('a/b', asking())).not.toBe(questionDigest('a/c', asking()));
    const [one, other] = ['3', '4'].map((result) => asking({ messages: called('c', result) }));
    expect(one && questionDigest('a/b', one)).not.toBe(other && questionDigest('a/b', other));
  });
});

describe('a question', () => {
  it.each<[string, ModelRequest]>([
    ['has no temperature', asking({ sampling: {} })],
    ['has a temperature', asking({ sampling: { temperature: 0.1 } })],
    ['may write', asking({ tools: [tool('read'), tool('write')] })],
    ['may do dangerous things', asking({ tools: [tool('dangerous')] })],
    [
      'shows an image that lies elsewhere',
      asking({
        messages: [{ role: 'user', id: 'u', content: '?', images: [{ url: 'https://example.org/a.png' }] }],
      }),
    ],
  ])('that %s is asked each time', async (_what, request) => {
    expect(isDeterministic(request)).toBe(false);
    const { kept, ask } = bench([three, three]);
    await ask(request);
    expect((await ask(request)).answer.isCached).toBeUndefined();
    expect(kept.size).toBe(0);
  });

  it.each<[string, ScriptedTurns, readonly string[]]>([
    ['calls tools', [{ text: 'x', toolCalls: [{ id: 'c', name: 'a-read-tool', args: {} }] }], ['a/b']],
    ['was too long', [{ text: 'x', finishReason: 'length' }], ['a/b']],
    ['is empty', [{ text: '' }], ['a/b']],
  ])('whose answer %s is asked each time', async (_what, turns, chain) => {
    const { kept, ask } = bench(turns);
    await ask(asking(), { chain: [...chain] });
    expect(kept.size).toBe(0);
  });

  it('is asked as if there were no cache where the cache is away, or holds nonsense', async () => {
    const { ask } = bench([three, three]);
    const away: AnswerCache = {
      get: () => Promise.reject(new Error('away')),
      put: () => Promise.reject(new Error('away')),
      drop: () => Promise.reject(new Error('away')),
    };
    const nonsense: AnswerCache = {
      get: () => Promise.resolve('{"content":1}'),
      put: () => Promise.resolve(),
      drop: () => Promise.resolve(),
    };
    for (const through of [away, nonsense]) {
      expect((await ask(asking(), { through })).answer.message.content).toBe('Three.');
    }
  });
});
