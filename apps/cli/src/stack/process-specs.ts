import { join } from 'node:path';
import { serviceHeapOptions } from '@lumina/contracts';
import { repositoryRoot } from '../data/repository';
import type { DataFolder } from '../data/data-folder';
import { statusOf } from '../gateway/http-exchange';
import type { ProcessSpec } from '../processes/process-spec';
import { type EmbeddedRedis, redisFault } from './embedded-redis';
import type { StackOptions } from './stack-options';
import type { Role } from './stack-state';

const probeTimeoutMs = 1_500;
/** Over the services' own limit for draining, so that none is killed while it still hands over what it holds. */
const drainMarginMs = 5_000;
const defaultDrainMs = 20_000;

type Place = Pick<StackOptions, 'data' | 'programs'>;

export interface RoleSpec extends ProcessSpec {
  readonly role: Role;
}

const isServiceReady = async (url: string): Promise<boolean> =>
  (await statusOf(`${url}/health/ready`, probeTimeoutMs)) === 200;

export function redisSpec(data: DataFolder, redis: EmbeddedRedis): RoleSpec {
  const { port, password, url, configFile } = redis;
  return {
    role: 'redis',
    name: 'redis',
    command: 'redis-server',
    args: [configFile],
    env: { PATH: process.env['PATH'] ?? '' },
    cwd: data.redis,
    logFile: join(data.logs, 'redis.log'),
    isAnnouncing: false,
    url,
    isReady: async () =>
      (await redisFault({ host: '127.0.0.1', port, password }, probeTimeoutMs)) === undefined,
    stopTimeoutMs: 30_000,
  };
}

export function modelSimSpec({ data, programs }: Place, port: number): RoleSpec {
  return {
    role: 'model-sim',
    name: 'model-sim',
    command: process.execPath,
    args: [join(programs, 'tools/model-sim/src/main.js'), '--port', String(port)],
    env: { PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: join(repositoryRoot, '.cache', 'node') },
    cwd: repositoryRoot,
    logFile: join(data.logs, 'model-sim.log'),
    isAnnouncing: false,
    url: `http://127.0.0.1:${port}`,
    isReady: isServiceReady,
    stopTimeoutMs: 5_000,
  };
}

/** `20s`, `500ms`, `1m`, or bare milliseconds, as the services read it; anything else they refuse themselves. */
function drainTimeoutMs(text: string | undefined): number {
  const [, amount, unit = 'ms'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/i.exec(text?.trim() ?? '') ?? [];
  const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit.toLowerCase()];
  return amount === undefined || unitMs === undefined ? defaultDrainMs : Number(amount) * unitMs;
}

export interface ServiceWish {
  readonly role: Exclude<Role, 'redis' | 'model-sim'>;
  /** Which of several; undefined: there is one. */
  readonly index?: number;
  /** 0: any; it is kept when the service is started again. */
  readonly port: number;
}

export function serviceSpec(
  { data, programs }: Place,
  environment: Readonly<Record<string, string>>,
  { role, index, port }: ServiceWish,
): RoleSpec {
  const name = index === undefined ? role : `${role}-${index}`;
  return {
    role,
    name,
    command: process.execPath,
    args: [...serviceHeapOptions, join(programs, `apps/${role}/src/main.js`)],
    env: { ...environment, PORT: String(port) },
    cwd: repositoryRoot,
    logFile: join(data.logs, `${name}.log`),
    isAnnouncing: true,
    url: undefined,
    isReady: isServiceReady,
    stopTimeoutMs: drainTimeoutMs(environment['LUMINA_DRAIN_TIMEOUT']) + drainMarginMs,
  };
}
