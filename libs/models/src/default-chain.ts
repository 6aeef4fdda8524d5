import { LuminaError } from '@lumina/contracts';
import type { ModelSettings } from './model-settings';
import type { ListOutcome } from './provider';

export const openAiBaseUrl = 'https://api.openai.com/v1';
export const anthropicBaseUrl = 'https://api.anthropic.com';
export const ollamaBaseUrl = 'http://127.0.0.1:11434';
const openAiDefaultModel = 'openai/gpt-5-mini';
const simulatedModel = 'simulated/simulated';

const ollamaProbeTimeoutMs = 300;
const listTimeoutMs = 5_000;

/** Lists the models of a configured provider. */
export type ModelLister = (provider: string, timeoutMs: number) => Promise<ListOutcome>;

export type DefaultChainSettings = Pick<
  ModelSettings,
  | 'LUMINA_MODEL'
  | 'OPENAI_API_KEY'
  | 'OPENAI_BASE_URL'
  | 'ANTHROPIC_API_KEY'
  | 'ANTHROPIC_BASE_URL'
  | 'OLLAMA_BASE_URL'
>;

/** By name: lists also hold models that cannot chat. */
const isNoChatModel = /embed|rerank|whisper|\btts\b|dall-e|moderation/i;

const firstChatModel = (models: readonly string[]): string | undefined =>
  models.find((model) => !isNoChatModel.test(model));

export const isOpenAiConfigured = (
  settings: Pick<ModelSettings, 'OPENAI_API_KEY' | 'OPENAI_BASE_URL'>,
): boolean => settings.OPENAI_API_KEY() !== undefined || settings.OPENAI_BASE_URL !== undefined;

export const isAnthropicConfigured = (
  settings: Pick<ModelSettings, 'ANTHROPIC_API_KEY' | 'ANTHROPIC_BASE_URL'>,
): boolean => settings.ANTHROPIC_API_KEY() !== undefined || settings.ANTHROPIC_BASE_URL !== undefined;

async function firstListed(provider: string, list: ModelLister): Promise<string[]> {
  const listed = await list(provider, listTimeoutMs);
  const reason = listed.kind === 'failed' ? listed.failure.message : 'the endpoint lists no model';
  const model = listed.kind === 'listed' ? firstChatModel(listed.models) : undefined;
  if (model !== undefined) return [`${provider}/${model}`];
  const code = listed.kind === 'failed' ? listed.failure.code : 'LUM_MODEL_UNKNOWN';
  throw new LuminaError(code, `no default model: ${reason}. Set LUMINA_MODEL, for example ${provider}/NAME`);
}

async function openAiChain(baseUrl: string, list: ModelLister): Promise<string[]> {
  if (new URL(baseUrl).hostname === new URL(openAiBaseUrl).hostname) return [openAiDefaultModel];
  return firstListed('openai', list);
}

/**
 * The chain for agents that name no model: LUMINA_MODEL; else the OpenAI-compatible endpoint, where one is configured;
 * else Anthropic; else an Ollama that answers; else the simulated model.
 *
 * @throws LuminaError when an endpoint is configured but does not tell its models: quietly taking another would surprise
 */
export async function resolveDefaultChain(
  settings: DefaultChainSettings,
  list: ModelLister,
): Promise<string[]> {
  const given = settings.LUMINA_MODEL ?? [];
  if (given.length > 0) return [...given];
  if (isOpenAiConfigured(settings)) return openAiChain(settings.OPENAI_BASE_URL ?? openAiBaseUrl, list);
  if (isAnthropicConfigured(settings)) return firstListed('anthropic', list);
  const isNamed = settings.OLLAMA_BASE_URL !== undefined;
  const listed = await list('ollama', isNamed ? listTimeoutMs : ollamaProbeTimeoutMs);
  const model = listed.kind === 'listed' ? firstChatModel(listed.models) : undefined;
  if (model !== undefined) return [`ollama/${model}`];
  if (!isNamed) return [simulatedModel];
  const reason =
    listed.kind === 'failed' ? listed.failure.message : 'no model is pulled (`ollama pull NAME`)';
  throw new LuminaError('LUM_MODEL_UNAVAILABLE', `no default model: ${reason}. Or set LUMINA_MODEL`);
}
