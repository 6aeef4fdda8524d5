import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { DataFolder } from '../data/data-folder';
import { statusOf } from '../gateway/http-exchange';
import { isAlive } from '../processes/process-identity';
import { redisAddress, redisFault } from './embedded-redis';
import type { ProcessRecord, Role, StackState } from './stack-state';

/** One process as it was found just now. */
export interface ProcessFinding {
  readonly name: string;
  readonly role: Role;
  readonly pid: number | null;
  readonly url: string | null;
  readonly ready: boolean;
  readonly uptime_seconds: number | null;
  readonly memory_bytes: number | null;
}

const probeTimeoutMs = 2_000;
const ticksPerSecond = 100;

function redisPassword(data: DataFolder, record: ProcessRecord, env: Env): string | undefined {
  if (record.identity === undefined) return env['LUMINA_REDIS_PASSWORD'] || undefined;
  try {
    return readFileSync(`${data.redis}/password`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

type Env = Readonly<Record<string, string | undefined>>;

async function isReady(data: DataFolder, record: ProcessRecord, env: Env): Promise<boolean> {
  const { url, role } = record;
  if (url === undefined) return false;
  if (role !== 'redis') return (await statusOf(`${url}/health/ready`, probeTimeoutMs)) === 200;
  // Sentinels and TLS are the services' business: they are ready only when theirs answers.
  if (!url.startsWith('redis://')) return true;
  const fromCaller = record.identity === undefined ? env['LUMINA_REDIS_URL'] : undefined;
  const password = redisPassword(data, record, env);
  return (await redisFault(redisAddress(fromCaller || url, password), probeTimeoutMs)) === undefined;
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function memoryBytes(pid: number): Promise<number | null> {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(await readOrEmpty(`/proc/${pid}/status`))?.[1];
  return kib === undefined ? null : Number(kib) * 1_024;
}

/** From the start tick in the identity, which counts from the machine's boot. */
async function uptimeSeconds(started: string): Promise<number | null> {
  const ticks = Number(started.slice(started.indexOf(':') + 1));
  const sinceBoot = Number.parseFloat(await readOrEmpty('/proc/uptime'));
  const seconds = sinceBoot - ticks / ticksPerSecond;
  return Number.isFinite(seconds) ? Math.max(0, Math.round(seconds)) : null;
}

async function survey(data: DataFolder, record: ProcessRecord, env: Env): Promise<ProcessFinding> {
  const { name, role, url = null, identity } = record;
  const alive = identity !== undefined && isAlive(identity) ? identity : undefined;
  const isThere = alive !== undefined || (role === 'redis' && identity === undefined);
  const [ready, uptime, memory] = await Promise.all([
    isThere && isReady(data, record, env),
    alive === undefined ? null : uptimeSeconds(alive.started),
    alive === undefined ? null : memoryBytes(alive.pid),
  ]);
  return { name, role, pid: alive?.pid ?? null, url, ready, uptime_seconds: uptime, memory_bytes: memory };
}

/** Looks at every process of the stack, side by side; takes two seconds at the longest. */
export function surveyStack(
  data: DataFolder,
  state: StackState,
  env: Env,
): Promise<readonly ProcessFinding[]> {
  return Promise.all(state.processes.map((record) => survey(data, record, env)));
}
