import { afterEach, describe, expect, it } from '@jest/globals';
import { parseSettings } from '@lumina/platform';
import { modelSettings } from './model-settings';
import { modelsFromSettings } from './models';
import { type Responder, json, say, sse, stream, streamHeaders } from './testing/byte-server';
import { Harness, question } from './testing/harness';

let harness: Harness;
afterEach(() => harness.close());

async function start(respond: Responder, env: Record<string, string> = {}): Promise<Harness> {
  harness = await Harness.start(respond, env);
  return harness;
}

const modelOf = (body: string): unknown => (JSON.parse(body) as { model: unknown }).model;
const askedModels = (): unknown[] => harness.server.requests.map(({ body }) => modelOf(body));
const chain = ['openai/first', 'openai/second'];

/** Refuses the first n requests with a status. */
const refusing =
  (n: number, status: number, headers: Record<string, string> = {}): Responder =>
  (response, _, index) => {
    if (index < n) json(response, status, { error: { message: 'no' } }, headers);
    else stream(response, say('yes'));
  };

describe('retries', () => {
  it.each([408, 429, 500, 502, 503, 504, 529])('try again after %i', async (status) => {
    const h = await start(refusing(2, status));
    expect(await h.answer()).toMatchObject({ attempts: 3, message: { content: 'yes' } });
    expect(h.delaysMs).toEqual([250, 500]);
  });

  it.each([400, 401, 402, 403, 404, 405, 413, 422])('never try again after %i', async (status) => {
    const failure = await (await start(refusing(9, status))).failure();
    expect(failure.attempts).toBe(1);
    expect(harness.server.requests).toHaveLength(1);
    expect(harness.delaysMs).toEqual([]);
  });

  it('wait as long as the provider asks', async () => {
    await (await start(refusing(1, 429, { 'retry-after': '3' }))).answer();
    expect(harness.delaysMs).toEqual([3_125]);
  });

  it('wait no longer than 20 s', async () => {
    await (await start(refusing(1, 429, { 'retry-after': '3600' }))).answer();
    expect(harness.delaysMs).toEqual([20_125]);
  });

  it('give way to the next model where the wait would be longer than that', async () => {
    const h = await start(refusing(1, 429, { 'retry-after': '3600' }));
    expect((await h.answer(undefined, { chain })).model).toBe('openai/second');
    expect(h.delaysMs).toEqual([]);
  });

  it('end after as many attempts as are configured', async () => {
    const h = await start(refusing(99, 503), { LUMINA_MODEL_ATTEMPTS: '5' });
    const failure = await h.failure();
    expect(failure).toMatchObject({ code: 'LUM_MODEL_UNAVAILABLE', attempts: 5 });
  });

  it('do not wait for credit to come back', async () => {
    const h = await start((response) => {
      json(response, 429, { error: { message: 'You exceeded your quota', code: 'insufficient_quota' } });
    });
    expect(await h.failure()).toMatchObject({ code: 'LUM_MODEL_REJECTED', attempts: 1 });
  });

  it('stop at once when the run is aborted during a wait', async () => {
    const { server } = await start(refusing(99, 429, { 'retry-after': '20' }));
    const env = { OPENAI_BASE_URL: server.url };
    const { client, close } = modelsFromSettings(parseSettings(modelSettings, env));
    const observer = { onText: () => undefined, onRestart: () => undefined };
    const startedAtMs = performance.now();
    const outcome = await client.answer(['openai/m'], question, observer, AbortSignal.timeout(100));
    expect(outcome).toEqual({ kind: 'aborted' });
    expect(performance.now() - startedAtMs).toBeLessThan(15_000);
    expect(server.requests).toHaveLength(1);
    await close();
  });
});

describe('fallback', () => {
  it('goes on to the next model when waiting would take longer than 400 ms in all', async () => {
    const h = await start((response, { body }) => {
      if (modelOf(body) === 'first') json(response, 503, {});
      else stream(response, say('from the second'));
    });
    const answer = await h.answer(undefined, { chain });
    expect(answer).toMatchObject({ model: 'openai/second', attempts: 3 });
    expect(askedModels()).toEqual(['first', 'first', 'second']);
    expect(h.delaysMs).toEqual([250]);
  });

  it.each([401, 402, 403, 404])('goes on at once after %i', async (status) => {
    const h = await start(refusing(1, status));
    expect(await h.answer(undefined, { chain })).toMatchObject({ model: 'openai/second', attempts: 2 });
  });

  it.each([400, 413, 422])('asks nobody else after %i: the request is at fault', async (status) => {
    const h = await start(refusing(1, status));
    expect(await h.failure(undefined, { chain })).toMatchObject({ code: 'LUM_MODEL_REJECTED', attempts: 1 });
  });

  it('passes over providers that are not configured', async () => {
    const h = await start(refusing(0, 0));
    const answer = await h.answer(undefined, { chain: ['nowhere/x', 'openai/m'] });
    expect(answer).toMatchObject({ model: 'openai/m', attempts: 1 });
  });

  it('keeps slashes in the name of a model', async () => {
    const h = await start(refusing(0, 0));
    await h.answer(undefined, { chain: ['openai/zai-org/GLM-4.6'] });
    expect(askedModels()).toEqual(['zai-org/GLM-4.6']);
  });

  it('tells all that went wrong, under the code that is most likely to pass', async () => {
    const h = await start((response, { body }) => {
      json(response, modelOf(body) === 'first' ? 503 : 401, {});
    });
    const failure = await h.failure(undefined, { chain: ['nowhere/x', ...chain] });
    expect(failure.code).toBe('LUM_MODEL_UNAVAILABLE');
    expect(failure.message).toMatch(
      /nowhere is not configured.*; then openai\/first .*; then openai\/second /,
    );
    expect(failure.attempts).toBe(3);
  });
});

describe('chains that cannot be asked', () => {
  it.each([
    ['nowhere/x', 'the provider nowhere is not configured (configured: openai, openai-responses, ollama)'],
    ['anthropic/claude', 'the provider anthropic is not configured'],
    ['gpt-5', '"gpt-5" is not of the form provider/model'],
    ['/x', 'not of the form'],
  ])('%s', async (ref, words) => {
    const failure = await (await start(refusing(0, 0))).failure(undefined, { chain: [ref] });
    expect(failure).toMatchObject({ code: 'LUM_MODEL_UNKNOWN', attempts: 0 });
    expect(failure.message).toContain(words);
  });
});

describe('an answer of a given form that breaks off', () => {
  const formed = { ...question, answerFormat: { type: 'json_schema', name: 'report', schema: {} } as const };
  const breaking: Responder = (response, _, n) => {
    if (n > 0) {
      stream(response, say('whole'));
      return;
    }
    response.writeHead(200, streamHeaders).write(sse(say('ha')));
    setTimeout(() => response.destroy(), 20);
  };

  it('is begun anew, and what was shown is made void', async () => {
    const { outcome, shown, restarts } = await (await start(breaking)).ask(formed);
    expect(outcome).toMatchObject({
      kind: 'answered',
      answer: { attempts: 2, message: { content: 'whole' } },
    });
    expect(shown).toEqual(['whole']);
    expect(restarts).toHaveLength(1);
    expect(restarts[0]).toContain('broke off');
  });

  it('is begun anew by the next model where one attempt is all', async () => {
    const h = await start(breaking, { LUMINA_MODEL_ATTEMPTS: '1' });
    const { outcome, restarts } = await h.ask(formed, { chain });
    expect(outcome).toMatchObject({ answer: { model: 'openai/second' } });
    expect(restarts).toHaveLength(1);
  });

  it('restarts once, however often the attempts after it fail silently', async () => {
    const h = await start((response, request, n) => {
      if (n === 1) json(response, 503, {});
      else void breaking(response, request, n);
    });
    expect((await h.ask(formed)).restarts).toHaveLength(1);
  });

  it('counts what was lost on the way', async () => {
    const { usage, parts } = await (await start(breaking)).answer(formed);
    expect(parts).toMatchObject([
      { model: 'openai/m', at: 2, isStitched: false, usage: { outputTokens: 1 } },
    ]);
    expect(usage.outputTokens).toBe(3);
  });

  it('is retried without a word where nothing was shown', async () => {
    const h = await start((response, _, n) => {
      if (n > 0) stream(response, say('whole'));
      else {
        response.writeHead(200, streamHeaders).write(': hello\n\n');
        setTimeout(() => response.destroy(), 20);
      }
    });
    const { outcome, restarts } = await h.ask();
    expect(outcome.kind).toBe('answered');
    expect(restarts).toEqual([]);
  });
});
