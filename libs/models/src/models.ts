import type { GenAiMeter } from '@lumina/platform';
import type { Dispatcher } from 'undici';
import { anthropicMessages } from './anthropic/messages-dialect';
import {
  anthropicBaseUrl,
  isAnthropicConfigured,
  isOpenAiConfigured,
  ollamaBaseUrl,
  openAiBaseUrl,
  resolveDefaultChain,
} from './default-chain';
import { type EndpointOptions, EndpointProvider } from './endpoint/endpoint-provider';
import { KeyRing } from './endpoint/key-ring';
import { createAgent } from './http/agent';
import type { ExchangeLimits } from './http/stopwatch';
import { type ModelChainOptions, createModelClient } from './model-chain';
import type { ModelClient } from './model-client';
import { MeteredProvider } from './metered-provider';
import { parseModelRef } from './model-ref';
import type { ModelSettings } from './model-settings';
import { ollamaChat } from './ollama/chat-dialect';
import { chatCompletions } from './openai/chat-dialect';
import type { ModelProvider } from './provider';
import { openAiResponses } from './responses/responses-dialect';
import { type ModelTracing, TracedProvider } from './traced-provider';

const probeTimeoutMs = 3_000;

export interface ModelProbe {
  readonly isOk: boolean;
  /** For people: what is wrong, or what was found. */
  readonly detail: string;
  readonly latencyMs: number;
}

export interface KeyFinding {
  readonly provider: string;
  /** Its place among the provider's keys, from 1; 0: the provider is asked without one. */
  readonly key: number;
  readonly isOk: boolean;
  /** For people: what is wrong, or what was found. */
  readonly detail: string;
}

export interface Models {
  readonly client: ModelClient;
  /** Ids of the configured providers. */
  readonly providers: readonly string[];
  /** The chain for agents that name no model; found once, then remembered. @throws LuminaError when there is none */
  defaultChain(): Promise<readonly string[]>;
  /** Whether a `provider/model` can be asked now, without asking it: one GET of the provider's list. */
  probeModel(ref: string): Promise<ModelProbe>;
  /** Whether each configured key is taken, by one GET of its provider's list. Never the key itself. */
  checkKeys(providers?: readonly string[]): Promise<readonly KeyFinding[]>;
  /** Ends the connections; answers under way fail. */
  close(): Promise<void>;
}

export interface ModelsOptions extends Pick<ModelChainOptions, 'prices' | 'random' | 'sleep' | 'watch'> {
  readonly traces?: ModelTracing | undefined;
  readonly meter?: GenAiMeter | undefined;
}

const limitsOf = (settings: ModelSettings): ExchangeLimits => ({
  firstTokenTimeoutMs: settings.LUMINA_MODEL_FIRST_TOKEN_TIMEOUT,
  idleTimeoutMs: settings.LUMINA_MODEL_IDLE_TIMEOUT,
  callTimeoutMs: settings.LUMINA_MODEL_CALL_TIMEOUT,
  maxBytes: settings.LUMINA_MODEL_MAX_ANSWER,
});

const noKey = new KeyRing(() => undefined);

type Dialed = Pick<EndpointOptions, 'dispatcher' | 'limits'>;

/** OpenAI's endpoint in both its dialects: `openai/…` asks for chat completions, `openai-responses/…` for Responses. */
function openAiProviders(settings: ModelSettings, dialed: Dialed): ModelProvider[] {
  if (!isOpenAiConfigured(settings)) return [];
  const options = {
    ...dialed,
    baseUrl: settings.OPENAI_BASE_URL ?? openAiBaseUrl,
    keys: new KeyRing(settings.OPENAI_API_KEY),
    keyVariable: 'OPENAI_API_KEY',
    urlVariable: 'OPENAI_BASE_URL',
  };
  return [
    new EndpointProvider(chatCompletions, { ...options, id: 'openai' }),
    new EndpointProvider(openAiResponses, { ...options, id: 'openai-responses' }),
  ];
}

function anthropicProviders(settings: ModelSettings, dialed: Dialed): ModelProvider[] {
  if (!isAnthropicConfigured(settings)) return [];
  const anthropic = new EndpointProvider(anthropicMessages, {
    ...dialed,
    id: 'anthropic',
    baseUrl: settings.ANTHROPIC_BASE_URL ?? anthropicBaseUrl,
    keys: new KeyRing(settings.ANTHROPIC_API_KEY),
    keyVariable: 'ANTHROPIC_API_KEY',
    urlVariable: 'ANTHROPIC_BASE_URL',
  });
  return [anthropic];
}

function localProviders(settings: ModelSettings, dialed: Dialed): ModelProvider[] {
  const ollama = new EndpointProvider(ollamaChat, {
    ...dialed,
    id: 'ollama',
    baseUrl: settings.OLLAMA_BASE_URL ?? ollamaBaseUrl,
    keys: noKey,
    urlVariable: 'OLLAMA_BASE_URL',
  });
  const { LUMINA_SIMULATED_BASE_URL: baseUrl } = settings;
  if (baseUrl === undefined) return [ollama];
  const urlVariable = 'LUMINA_SIMULATED_BASE_URL';
  return [
    ollama,
    new EndpointProvider(chatCompletions, { ...dialed, id: 'simulated', baseUrl, keys: noKey, urlVariable }),
  ];
}

function providersOf(settings: ModelSettings, direct: Dispatcher, outward: Dispatcher): ModelProvider[] {
  const limits = limitsOf(settings);
  return [
    ...openAiProviders(settings, { dispatcher: outward, limits }),
    ...anthropicProviders(settings, { dispatcher: outward, limits }),
    ...localProviders(settings, { dispatcher: direct, limits }),
  ];
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

async function checkKeysOf(provider: ModelProvider): Promise<readonly KeyFinding[]> {
  const { id } = provider;
  const findings = await provider.checkKeys(probeTimeoutMs);
  return findings.map((listed, place) => {
    const key = provider.hasKeys ? place + 1 : 0;
    if (listed.kind === 'listed') return { provider: id, key, isOk: true, detail: 'reachable' };
    const isOk = listed.failure.code === 'LUM_MODEL_UNKNOWN';
    return {
      provider: id,
      key,
      isOk,
      detail: isOk ? 'reachable, but lists no models' : listed.failure.message,
    };
  });
}

/** A provider as those see it who watch requests: nobody, at no cost, where nobody does. */
function watched(
  provider: ModelProvider,
  { traces, meter }: Pick<ModelsOptions, 'traces' | 'meter'>,
): ModelProvider {
  const metered = meter === undefined ? provider : new MeteredProvider(provider, meter);
  return traces === undefined ? metered : new TracedProvider(metered, traces);
}

/** Everything about models that one process needs, out of its settings. */
export function modelsFromSettings(
  settings: ModelSettings,
  { traces, meter, ...options }: ModelsOptions = {},
): Models {
  const connectTimeoutMs = settings.LUMINA_MODEL_CONNECT_TIMEOUT;
  const proxyUrl = settings.LUMINA_MODEL_PROXY_URL();
  const direct = createAgent({ connectTimeoutMs });
  const outward = proxyUrl === undefined ? direct : createAgent({ connectTimeoutMs, proxyUrl });
  const list = providersOf(settings, direct, outward);
  const providers = new Map(list.map((provider) => [provider.id, provider]));
  const client = createModelClient({
    ...options,
    providers: list.map((provider) => watched(provider, { traces, meter })),
    attemptsPerModel: settings.LUMINA_MODEL_ATTEMPTS,
    breakerFailures: settings.LUMINA_MODEL_BREAKER_FAILURES,
    breakerRestMs: settings.LUMINA_MODEL_BREAKER_REST,
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
    checkKeys: async (asked = [...providers.keys()]) => {
      const chosen = list.filter(({ id }) => asked.includes(id));
      return (await Promise.all(chosen.map(checkKeysOf))).flat();
    },
    close,
  };
}
