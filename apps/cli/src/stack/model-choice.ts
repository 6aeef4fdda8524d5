import { ask } from '../gateway/http-exchange';

type Environment = Readonly<Record<string, string | undefined>>;

const given = (env: Environment, name: string): boolean => (env[name] ?? '').trim() !== '';
const hasSecret = (env: Environment, name: string): boolean => given(env, name) || given(env, `${name}_FILE`);

function hasModel(env: Environment): boolean {
  return (
    given(env, 'LUMINA_MODEL') ||
    given(env, 'OPENAI_BASE_URL') ||
    hasSecret(env, 'OPENAI_API_KEY') ||
    given(env, 'ANTHROPIC_BASE_URL') ||
    hasSecret(env, 'ANTHROPIC_API_KEY') ||
    given(env, 'OLLAMA_BASE_URL')
  );
}

/** The simulated model is started where nothing else is configured, or where it is asked for by name. */
export function needsSimulatedModel(env: Environment): boolean {
  if (given(env, 'LUMINA_SIMULATED_BASE_URL')) return false;
  return !hasModel(env) || (env['LUMINA_MODEL'] ?? '').includes('simulated/');
}

interface HealthAnswer {
  readonly checks?: Readonly<Record<string, { readonly detail?: unknown } | undefined>>;
}

/** What the stack says about its model, once its health service has looked. */
async function modelSeen(healthUrl: string): Promise<string | undefined> {
  try {
    const { text } = await ask(`${healthUrl}/health`, { timeoutMs: 1_000 });
    const detail = (JSON.parse(text) as HealthAnswer).checks?.['llm']?.detail;
    return typeof detail === 'string' ? /\b[a-z][a-z0-9-]*\/[^\s,;]*[^\s,;:.]/.exec(detail)?.[0] : undefined;
  } catch {
    return undefined;
  }
}

async function ollamaAnswers(): Promise<boolean> {
  try {
    return (await ask('http://127.0.0.1:11434/api/version', { timeoutMs: 300 })).status === 200;
  } catch {
    return false;
  }
}

/** For people, in one line: which model answers a run of the default agent. */
export async function describeModel(env: Environment, healthUrl: string | undefined): Promise<string> {
  const chain = (env['LUMINA_MODEL'] ?? '').trim();
  if (chain !== '') return chain.split(/\s*,\s*/).join(', then ');
  const seen = healthUrl === undefined ? undefined : await modelSeen(healthUrl);
  if (seen !== undefined) return seen;
  if (given(env, 'OPENAI_BASE_URL')) return `openai at ${withoutPassword(env['OPENAI_BASE_URL'] ?? '')}`;
  if (hasSecret(env, 'OPENAI_API_KEY')) return 'openai';
  if (given(env, 'ANTHROPIC_BASE_URL') || hasSecret(env, 'ANTHROPIC_API_KEY')) return 'anthropic';
  if (given(env, 'OLLAMA_BASE_URL')) return `ollama at ${withoutPassword(env['OLLAMA_BASE_URL'] ?? '')}`;
  return (await ollamaAnswers()) ? 'ollama' : 'simulated/simulated';
}

export function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    parsed.username = '';
    parsed.password = '';
    return parsed.href.replace(/\/$/, '');
  } catch {
    return 'an address that cannot be read';
  }
}

export const isSimulated = (model: string): boolean => /\bsimulated\b/.test(model);
