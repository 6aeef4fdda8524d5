import type { Dispatcher } from 'undici';
import { resolveDefaultChain, isOpenAiConfigured, ollamaBaseUrl, openAiBaseUrl } from './default-chain';
import { createAgent } from './http/agent';
import type { ExchangeLimits } from './http/stopwatch';
import { type ModelChainOptions, createModelClient } from './model-chain';
import type { ModelClient } from './model-client';
import { parseModelRef } from './model-ref';
import type { ModelSettings } from './model-settings';
import { openAiProvider } from './openai/openai-provider';
import type { ModelProvider } from './provider';

const probeTimeoutMs = 3_000;

export interface ModelProbe {
  readonly isOk: boolean;
  /** For people: what is wrong, or what was found. */
  readonly detail: string;
  readonly latencyMs: number;
}

export interface Models {
  readonly client: ModelClient;
  /** Ids of the configured providers. */
  readonly providers: readonly string[];
  /** The chain for agents that name no model; found once, then remembered. @throws LuminaError when there is none */
  defaultChain(): Promise<readonly string[]>;
  /** Whether a `provider/model` can be asked now, without asking it: one GET of the provider's list. */
  probeModel(ref: string): Promise<ModelProbe>;
  /** Ends the connections; answers under way fail. */
  close(): Promise<void>;
}

export type ModelsOptions = Pick<ModelChainOptions, 'prices' | 'random' | 'sleep'>;

const limitsOf = (settings: ModelSettings): ExchangeLimits => ({
  firstTokenTimeoutMs: settings.LUMINA_MODEL_FIRST_TOKEN_TIMEOUT,
  idleTimeoutMs: settings.LUMINA_MODEL_IDLE_TIMEOUT,
  callTimeoutMs: settings.LUMINA_MODEL_CALL_TIMEOUT,
  maxBytes: settings.LUMINA_MODEL_MAX_ANSWER,
});

const noKey = (): undefined => undefined;

function providersOf(settings: ModelSettings, direct: Dispatcher, outward: Dispatcher): ModelProvider[] {
  const limits = limitsOf(settings);
  const providers = [
    openAiProvider({
      id: 'ollama',
      baseUrl: settings.OLLAMA_BASE_URL ?? ollamaBaseUrl,
      apiKey: noKey,
      urlVariable: 'OLLAMA_BASE_URL',
      dispatcher: direct,
      limits,
    }),
  ];
  if (isOpenAiConfigured(settings)) {
    const openai = openAiProvider({
      id: 'openai',
      baseUrl: settings.OPENAI_BASE_URL ?? openAiBaseUrl,
      apiKey: settings.OPENAI_API_KEY,
      keyVariable: 'OPENAI_API_KEY',
      urlVariable: 'OPENAI_BASE_URL',
      dispatcher: outward,
      limits,
    });
    providers.unshift(openai);
  }
  if (settings.LUMINA_SIMULATED_BASE_URL !== undefined) {
    const simulated = openAiProvider({
      id: 'simulated',
      baseUrl: settings.LUMINA_SIMULATED_BASE_URL,
      apiKey: noKey,
      urlVariable: 'LUMINA_SIMULATED_BASE_URL',
      dispatcher: direct,
      limits,
    });
    providers.push(simulated);
  }
  return providers;
}

async function probe(providers: ReadonlyMap<string, ModelProvider>, ref: string): Promise<ModelProbe> {
  const parsed = parseModelRef(ref);
  const provider = providers.get(parsed?.provider ?? '');
  if (parsed === undefined || provider === undefined) {
    const configured = [...providers.keys()].join(', ');
    return { isOk: false, detail: `${ref}: no such provider (configured: ${configured})`, latencyMs: 0 };
  }
  const startedAtMs = performance.now();
  const listed = await provider.list(probeTimeoutMs);
  const latencyMs = performance.now() - startedAtMs;
  if (listed.kind === 'failed') {
    // Some servers have no list: what answers 404 to it may still answer questions.
    const isOk = listed.failure.code === 'LUM_MODEL_UNKNOWN';
    const detail = isOk ? 'reachable, but lists no models' : listed.failure.message;
    return { isOk, detail, latencyMs };
  }
  const { model } = parsed;
  const isListed = listed.models.some((name) => name === model || name === `${model}:latest`);
  return { isOk: true, detail: isListed ? 'reachable' : `reachable, but does not list ${model}`, latencyMs };
}

/** Everything about models that one process needs, out of its settings. */
export function modelsFromSettings(settings: ModelSettings, options: ModelsOptions = {}): Models {
  const connectTimeoutMs = settings.LUMINA_MODEL_CONNECT_TIMEOUT;
  const proxyUrl = settings.LUMINA_MODEL_PROXY_URL();
  const direct = createAgent({ connectTimeoutMs });
  const outward = proxyUrl === undefined ? direct : createAgent({ connectTimeoutMs, proxyUrl });
  const list = providersOf(settings, direct, outward);
  const providers = new Map(list.map((provider) => [provider.id, provider]));
  const client = createModelClient({
    ...options,
    providers: list,
    attemptsPerModel: settings.LUMINA_MODEL_ATTEMPTS,
  });

  let chain: Promise<string[]> | undefined;
  const defaultChain = (): Promise<string[]> => {
    chain ??= resolveDefaultChain(settings, (id, timeoutMs) => {
      const provider = providers.get(id);
      if (provider === undefined) throw new Error(`no provider ${id}`);
      return provider.list(timeoutMs);
    }).catch((error: unknown) => {
      chain = undefined;
      throw error;
    });
    return chain;
  };

  const close = async (): Promise<void> => {
    await Promise.all([...new Set([direct, outward])].map((dispatcher) => dispatcher.destroy()));
  };

  return {
    client,
    providers: [...providers.keys()],
    defaultChain,
    probeModel: (ref) => probe(providers, ref),
    close,
  };
}
