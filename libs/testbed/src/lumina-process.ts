import { join } from 'node:path';
import { KeptProcess, commandLine } from './kept-process';
import { type Release, launchOf, presentRelease, programs } from './release';
import type { Place } from './site';

export const roles = ['gateway', 'agent-orchestrator', 'tool-executor'] as const;
export type Role = (typeof roles)[number];

interface ServicePlace extends Place {
  readonly index: number;
  readonly env: Readonly<Record<string, string>>;
  readonly logs: string;
  /** From a death until it is started again; undefined: it stays down. */
  readonly restartAfterMs: number | undefined;
  /** The present build by default. */
  readonly release?: Release;
}

/** A service of ours. */
export function serviceProcess(
  role: Role,
  { index, host, port, prefix, env, logs, restartAfterMs, release = presentRelease }: ServicePlace,
): KeptProcess {
  const own = { ...env, LUMINA_HOST: host, PORT: String(port) };
  const { command, ...launch } = launchOf(release, role, { prefix, env: own });
  return new KeptProcess({
    name: `${role}-${index}`,
    ...commandLine(command),
    ...launch,
    logFile: join(logs, `${role}-${index}.log`),
    isReady: () => isWell(`http://${host}:${port}/health/ready`),
    restartAfterMs,
  });
}

interface HealthPlace {
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  readonly logs: string;
  /** The present build by default. */
  readonly release?: Release;
}

/** The health service, on the loopback interface. */
export function healthProcess({ port, env, logs, release = presentRelease }: HealthPlace): KeptProcess {
  const own = {
    ...env,
    ...{ LUMINA_HOST: '127.0.0.1', PORT: String(port), LUMINA_HEALTH_MODEL_INTERVAL: '5s' },
  };
  const { command, ...launch } = launchOf(release, 'health', { prefix: [], env: own });
  return new KeptProcess({
    name: 'health-0',
    ...commandLine(command),
    ...launch,
    logFile: join(logs, 'health-0.log'),
    isReady: () => isWell(`http://127.0.0.1:${port}/health/ready`),
    restartAfterMs: 1_000,
  });
}

interface ModelPlace extends Place {
  /** Path of the scenario file that it plays. */
  readonly scenario: string;
  readonly logs: string;
  readonly restartAfterMs: number | undefined;
}

/** The simulated model, scripted. */
export function modelProcess({
  host,
  port,
  prefix,
  scenario,
  logs,
  restartAfterMs,
}: ModelPlace): KeptProcess {
  const program = join(programs, 'tools/model-sim/src/main.js');
  const options = ['--host', host, '--port', String(port), '--scenario', scenario];
  return new KeptProcess({
    name: 'model-sim',
    ...commandLine([...prefix, process.execPath, program, ...options]),
    env: { PATH: process.env['PATH'] ?? '' },
    logFile: join(logs, 'model-sim.log'),
    hasChannel: false,
    isReady: () => isWell(`http://${host}:${port}/health/ready`),
    restartAfterMs,
  });
}

async function isWell(url: string): Promise<boolean> {
  const { ok } = await fetch(url, { signal: AbortSignal.timeout(1_500) });
  return ok;
}
