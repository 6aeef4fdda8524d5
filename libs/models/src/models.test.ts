import { afterEach, describe, expect, it } from '@jest/globals';
import { parseSettings } from '@lumina/platform';
import { modelSettings } from './model-settings';
import { modelsFromSettings } from './models';
import { type ByteServer, type Responder, json, say, startByteServer, stream } from './testing/byte-server';
import { question } from './testing/harness';
import { play } from './testing/wire-server';
import { ollamaChatWire } from './testing/wires/ollama-chat';

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

async function server(respond: Responder): Promise<ByteServer> {
  const started = await startByteServer(respond);
  open.push(started);
  return started;
}

function models(env: Record<string, string>, options = {}) {
  const created = modelsFromSettings(parseSettings(modelSettings, env), options);
  open.push(created);
  return created;
}

const observer = { onText: () => undefined, onRestart: () => undefined };
const listing =
  (...ids: string[]): Responder =>
  (response) => {
    json(response, 200, { object: 'list', data: ids.map((id) => ({ id })) });
  };
const answering: Responder = (response) => {
  stream(response, say('hi'));
};

describe('the providers of a process', () => {
  it.each([
    [{}, ['ollama']],
    [{ OPENAI_API_KEY: 'k' }, ['openai', 'openai-responses', 'ollama']],
    [{ OPENAI_BASE_URL: 'http://127.0.0.1:1' }, ['openai', 'openai-responses', 'ollama']],
    [{ ANTHROPIC_API_KEY: 'k' }, ['anthropic', 'ollama']],
    [{ ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' }, ['anthropic', 'ollama']],
    [{ LUMINA_SIMULATED_BASE_URL: 'http://127.0.0.1:1' }, ['ollama', 'simulated']],
  ])('%j', (env, providers) => {
    expect(models(env).providers).toEqual(providers);
  });

  it('send the key where there is one, and none elsewhere', async () => {
    const [a, c] = [await server(answering), await server(answering)];
    const b = await server((response) => {
      play(response, ollamaChatWire, { pieces: ['hi'] });
    });
    const { client } = models({
      OPENAI_API_KEY: 'sk-secret',
      OPENAI_BASE_URL: a.url,
      OLLAMA_BASE_URL: b.url,
      LUMINA_SIMULATED_BASE_URL: c.url,
    });
    for (const ref of ['openai/m', 'ollama/m', 'simulated/simulated']) {
      const outcome = await client.answer([ref], question, observer, new AbortController().signal);
      expect(outcome).toMatchObject({ kind: 'answered', answer: { model: ref } });
    }
    expect(a.requests[0]?.headers.authorization).toBe('Bearer sk-secret');
    expect(a.requests[0]?.path).toBe('/v1/chat/completions');
    expect(b.requests[0]?.headers.authorization).toBeUndefined();
    expect(c.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('cost what their prices say', async () => {
    const { url } = await server(answering);
    const price = { inputUsdPerMillion: 1_000_000, outputUsdPerMillion: 0, since: '2026-01-01' };
    const { client } = models({ OPENAI_BASE_URL: url }, { prices: { 'openai/m': price } });
    const ask = (ref: string) => client.answer([ref], question, observer, new AbortController().signal);
    const priced = await ask('openai/m');
    if (priced.kind !== 'answered') throw new Error(priced.kind);
    expect(priced.answer.isPriceKnown).toBe(true);
    expect(priced.answer.costUsd).toBe(priced.answer.usage.inputTokens);
    expect(await ask('openai/x')).toMatchObject({ answer: { costUsd: 0, isPriceKnown: false } });
  });
});

describe('the default chain', () => {
  it('is asked for once and remembered', async () => {
    const { url, requests } = await server(listing('glm'));
    const { defaultChain } = models({ OPENAI_BASE_URL: url });
    expect(await Promise.all([defaultChain(), defaultChain()])).toEqual([['openai/glm'], ['openai/glm']]);
    expect(requests.map(({ method, path }) => [method, path])).toEqual([['GET', '/v1/models']]);
  });

  it('is asked for again after a failure', async () => {
    const { url } = await server((response, request, n) => {
      if (n === 0) json(response, 500, {});
      else void listing('glm')(response, request, n);
    });
    const { defaultChain } = models({ OPENAI_BASE_URL: url });
    await expect(defaultChain()).rejects.toThrow('HTTP 500');
    expect(await defaultChain()).toEqual(['openai/glm']);
  });
});

describe('a probe', () => {
  const probe = async (respond: Responder, ref = 'openai/m') => {
    const { url, host } = await server(respond);
    return { ...(await models({ OPENAI_BASE_URL: url, OPENAI_API_KEY: 'k' }).probeModel(ref)), host };
  };

  it.each([['m'], ['m:latest']])('is content with a listed model (%s)', async (listed) => {
    const { isOk, detail, latencyMs } = await probe(listing('x', listed));
    expect([isOk, detail]).toEqual([true, 'reachable']);
    expect(latencyMs).toBeGreaterThan(0);
  });

  it('says when the model is not listed', async () => {
    expect(await probe(listing('x'))).toMatchObject({ isOk: true, detail: 'reachable, but does not list m' });
  });

  it('is content with a server that has no list', async () => {
    const respond: Responder = (response) => {
      json(response, 404, {});
    };
    expect(await probe(respond)).toMatchObject({ isOk: true, detail: 'reachable, but lists no models' });
  });

  it.each([
    [401, 'OPENAI_API_KEY'],
    [500, 'HTTP 500'],
  ])('is not content with %i', async (status, words) => {
    const { isOk, detail } = await probe((response) => {
      json(response, status, {});
    });
    expect(isOk).toBe(false);
    expect(detail).toContain(words);
  });

  it('is not content with something else at that address', async () => {
    const { isOk, detail } = await probe((response) => {
      json(response, 200, '<html>');
    });
    expect(isOk).toBe(false);
    expect(detail).toContain('OPENAI_BASE_URL');
  });

  it('gives up on a server that is silent', async () => {
    const { isOk, detail } = await probe(() => undefined);
    expect(isOk).toBe(false);
    expect(detail).toContain('within 3000 ms');
  });

  it('names the providers that there are', async () => {
    expect(await probe(listing(), 'nowhere/x')).toMatchObject({ isOk: false, latencyMs: 0 });
    const { detail } = await probe(listing(), 'm');
    expect(detail).toContain('configured: openai, openai-responses, ollama');
  });

  it('says where nothing listens', async () => {
    const { probeModel } = models({ OPENAI_BASE_URL: 'http://127.0.0.1:1' });
    const { isOk, detail } = await probeModel('openai/m');
    expect(isOk).toBe(false);
    expect(detail).toContain('ECONNREFUSED');
  });
});
