import { describe, expect, it } from '@jest/globals';
import { LuminaError, modelRefSchema } from '@lumina/contracts';
import { SettingsError, parseSettings } from '@lumina/platform';
import { resolveDefaultChain } from './default-chain';
import { modelSettings } from './model-settings';
import type { ListOutcome } from './provider';

type Env = Record<string, string>;

function resolve(env: Env, lists: Partial<Record<string, readonly string[] | 'down'>> = {}) {
  const asked: [string, number][] = [];
  const list = (provider: string, timeoutMs: number): Promise<ListOutcome> => {
    asked.push([provider, timeoutMs]);
    const models = lists[provider] ?? 'down';
    if (models !== 'down') return Promise.resolve({ kind: 'listed', models });
    const failure = { code: 'LUM_MODEL_UNAVAILABLE', message: 'down', remedy: 'retry' } as const;
    return Promise.resolve({ kind: 'failed', failure });
  };
  return { chain: resolveDefaultChain(parseSettings(modelSettings, env), list), asked };
}

async function errorOf(chain: Promise<unknown>): Promise<LuminaError> {
  const error = await chain.catch((reason: unknown) => reason);
  if (error instanceof LuminaError) return error;
  throw new Error('expected a LuminaError');
}

describe('the default chain', () => {
  it('is LUMINA_MODEL where it is set', async () => {
    const { chain, asked } = resolve({ LUMINA_MODEL: 'openai/a, ollama/b', OPENAI_API_KEY: 'k' });
    expect(await chain).toEqual(['openai/a', 'ollama/b']);
    expect(asked).toEqual([]);
  });

  it('is a named model at OpenAI itself, without asking', async () => {
    const { chain, asked } = resolve({ OPENAI_API_KEY: 'k' }, { ollama: ['x'] });
    expect(await chain).toEqual(['openai/gpt-5-mini']);
    expect(asked).toEqual([]);
  });

  it('is the first chat model that another endpoint lists', async () => {
    const lists = { openai: ['text-embedding-3', 'org/glm-4.6', 'x'] };
    expect(await resolve({ OPENAI_BASE_URL: 'http://h' }, lists).chain).toEqual(['openai/org/glm-4.6']);
  });

  it('is an error where a configured endpoint does not tell', async () => {
    const down = await errorOf(resolve({ OPENAI_BASE_URL: 'http://h' }, { ollama: ['x'] }).chain);
    expect(down.code).toBe('LUM_MODEL_UNAVAILABLE');
    expect(down.message).toContain('Set LUMINA_MODEL');
    const empty = await errorOf(resolve({ OPENAI_BASE_URL: 'http://h' }, { openai: ['bge-rerank'] }).chain);
    expect(empty.message).toContain('lists no model');
  });

  it('is an Ollama that answers quickly on its standard port', async () => {
    const { chain, asked } = resolve({}, { ollama: ['nomic-embed-text', 'qwen3'] });
    expect(await chain).toEqual(['ollama/qwen3']);
    expect(asked).toEqual([['ollama', 300]]);
  });

  it('is the simulated model where nothing is there', async () => {
    expect(await resolve({}).chain).toEqual(['simulated/simulated']);
    expect(await resolve({}, { ollama: [] }).chain).toEqual(['simulated/simulated']);
  });

  it('is never the simulated model where an Ollama was asked for', async () => {
    const env = { OLLAMA_BASE_URL: 'http://h' };
    expect((await errorOf(resolve(env).chain)).message).toContain('down');
    expect((await errorOf(resolve(env, { ollama: [] }).chain)).message).toContain('ollama pull');
  });
});

describe('model settings', () => {
  it.each(['openai/gpt-5', 'a/b/c', 'gpt-5', 'OpenAI/x', 'a/', '/b', 'a/b c'])(
    'take %s exactly where the contract does',
    (ref) => {
      const parse = (): unknown => parseSettings(modelSettings, { LUMINA_MODEL: ref });
      if (modelRefSchema.safeParse(ref).success) expect(parse).not.toThrow();
      else expect(parse).toThrow(SettingsError);
    },
  );

  it('refuse a key that no header can carry, without showing it', () => {
    const parse = (): unknown => parseSettings(modelSettings, { OPENAI_API_KEY: 'sk-one-é' });
    expect(parse).toThrow(SettingsError);
    expect(parse).not.toThrow(/sk-one/);
  });
});
