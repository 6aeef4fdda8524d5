import { type KeyFinding, modelSettings, modelsFromSettings } from '@lumina/models';
import { parseSettings } from '@lumina/platform';
import { type Finding, ill, well } from './finding';

type Env = Readonly<Record<string, string | undefined>>;

const isGiven = (env: Env, name: string): boolean => (env[name] ?? '').trim() !== '';

/** The providers that the environment names; others are only found where they answer. */
function namedProviders(env: Env): ReadonlySet<string> {
  const names = { openai: 'OPENAI', anthropic: 'ANTHROPIC', ollama: 'OLLAMA' };
  const named = Object.entries(names).filter(([, prefix]) =>
    [`${prefix}_API_KEY`, `${prefix}_API_KEY_FILE`, `${prefix}_BASE_URL`].some((name) => isGiven(env, name)),
  );
  return new Set(named.map(([provider]) => provider));
}

function findingOf({ provider, key, isOk, detail }: KeyFinding): Finding {
  const what = key === 0 ? `model: ${provider}` : `model: ${provider}, key ${String(key)}`;
  return isOk
    ? well(what, detail)
    : ill(what, detail, 'see the message; docs/models.md explains the settings');
}

/** Whether each configured endpoint answers, and takes each of its keys: one GET of its list of models for each. */
export async function modelChecks(env: Env): Promise<readonly Finding[]> {
  const named = namedProviders(env);
  if (named.size === 0) {
    const detail = 'none is configured: an Ollama on its standard port, else the simulated model';
    return [well('model', detail)];
  }
  const models = modelsFromSettings(parseSettings(modelSettings, env));
  try {
    const findings = await models.checkKeys([...named]);
    return findings.map(findingOf);
  } finally {
    await models.close();
  }
}
