import type { DataFolder } from '../data/data-folder';
import { ask } from '../gateway/http-exchange';
import { tryPort } from '../processes/free-port';
import { defaultHealthPort, defaultPort } from '../stack/stack-options';
import type { StackState } from '../stack/stack-state';
import { type ProcessFinding, surveyStack } from '../stack/stack-survey';
import { type Finding, ill, skipped, well } from './finding';

type Env = Readonly<Record<string, string | undefined>>;

const timeoutMs = 4_000;

/** Asked only when no stack runs: its own gateway would be in the way otherwise. */
export async function portsCheck(): Promise<Finding> {
  const ports = [defaultPort, defaultHealthPort];
  const free = await Promise.all(ports.map((port) => tryPort(port)));
  const taken = ports.filter((_, index) => free[index] === undefined);
  if (taken.length === 0) return well('ports', `${ports.join(' and ')} are free`);
  return well('ports', `${taken.join(' and ')} taken by something else: others will be used`);
}

function processFinding({ name, pid, ready, url }: ProcessFinding, data: DataFolder): Finding {
  const where = [pid === null ? '' : `process ${pid}`, url ?? ''].filter((part) => part !== '').join(', ');
  if (ready) return well(name, `ready (${where})`);
  const detail = pid === null ? 'does not run' : `not ready (${where})`;
  return ill(name, detail, `see ${data.logs}/${name}.log`);
}

export async function processChecks(
  data: DataFolder,
  state: StackState,
  env: Env,
): Promise<readonly Finding[]> {
  const findings = await surveyStack(data, state, env);
  return findings.map((finding) => processFinding(finding, data));
}

interface ReadyAnswer {
  readonly details?: Readonly<Record<string, { readonly message?: unknown }>>;
}

async function mcpFindings(name: string, url: string): Promise<readonly Finding[]> {
  const { text } = await ask(`${url}/health/ready`, { timeoutMs });
  const details = Object.entries((JSON.parse(text) as ReadyAnswer).details ?? {});
  return details.flatMap(([what, { message }]) => {
    if (!what.startsWith('mcp ')) return [];
    const note = typeof message === 'string' ? message : '';
    const shown = `${what} (${name})`;
    return note.startsWith('away')
      ? [ill(shown, note, 'look at the server; its tools answer that it is away')]
      : [well(shown, note)];
  });
}

/** The MCP servers, as each executor has them; an executor that does not answer is a finding of `processChecks`. */
export async function mcpChecks(state: StackState): Promise<readonly Finding[]> {
  const executors = state.processes.filter(({ role }) => role === 'tool-executor');
  const found = await Promise.all(
    executors.map(async ({ name, url }) => (url === undefined ? [] : mcpFindings(name, url).catch(() => []))),
  );
  return found.flat();
}

interface HealthAnswer {
  readonly status?: unknown;
  readonly checks?: Readonly<Record<string, { readonly healthy?: unknown; readonly detail?: unknown }>>;
}

const healthAdvice: Readonly<Record<string, string>> = {
  llm: 'check the endpoint and the key of the model (OPENAI_BASE_URL, OPENAI_API_KEY, ANTHROPIC_API_KEY, OLLAMA_BASE_URL, LUMINA_MODEL)',
  redis: 'look at the log of Redis',
};

function healthFindings(answer: HealthAnswer): readonly Finding[] {
  const checks = Object.entries(answer.checks ?? {});
  const overall = String(answer.status);
  const ills = checks.filter(([, { healthy }]) => healthy !== true);
  const first =
    overall === 'healthy'
      ? well('gateway /health', overall)
      : ill('gateway /health', overall, `see below: ${ills.map(([name]) => name).join(', ') || 'no detail'}`);
  const each = checks.map(([name, { healthy, detail }]) => {
    const text = typeof detail === 'string' ? detail : '';
    const what = `health: ${name === 'llm' ? 'model' : name}`;
    return healthy === true ? well(what, text) : ill(what, text, healthAdvice[name] ?? 'look at the logs');
  });
  return [first, ...each];
}

export async function healthChecks(gatewayUrl: string | undefined): Promise<readonly Finding[]> {
  const what = 'gateway /health';
  if (gatewayUrl === undefined) return [skipped(what, 'no gateway runs')];
  try {
    const { text } = await ask(`${gatewayUrl}/health`, { timeoutMs });
    return healthFindings(JSON.parse(text) as HealthAnswer);
  } catch (error) {
    return [ill(what, (error as Error).message, 'look at the log of the gateway')];
  }
}
