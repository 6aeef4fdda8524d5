import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type DataFolder, dataFolder } from '../data/data-folder';
import { builtPrograms } from '../data/repository';
import { inFolder } from '../data/temporary-folder';
import { waitUntil } from '../processes/delay';
import { identityOf, isAlive } from '../processes/process-identity';
import { writeFakePrograms } from './fake-programs';
import { redisFault } from './embedded-redis';
import { runningStack, stopStack } from './running-stack';
import { startDetached } from './start-detached';
import { surveyStack } from './stack-survey';
import type { StackOptions } from './stack-options';
import type { StackState } from './stack-state';
import { wantedStack } from './wanted-stack';

const ignore = (): void => undefined;
const caller = { env: { PATH: process.env['PATH'] ?? '' }, cwd: '/' };

/** The compiled supervisor and a real Redis below fake services. */
async function inStackFolder(use: (options: StackOptions) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const programs = writeFakePrograms(join(folder, 'programs'));
    symlinkSync(join(builtPrograms, 'apps/cli'), join(programs, 'apps/cli'));
    const data = dataFolder('data', { env: {}, cwd: folder });
    try {
      await use({ data, programs, port: 0, replicas: 1, isExplicit: false, caller });
    } finally {
      await stopStack(data, ignore);
    }
  });
}

function redisOf(data: DataFolder, state: StackState) {
  const record = state.processes.find(({ role }) => role === 'redis');
  const password = readFileSync(join(data.redis, 'password'), 'utf8');
  return { host: '127.0.0.1', port: Number(new URL(record?.url ?? '').port), password };
}

describe('a detached stack', () => {
  it('outlives its starter with a Redis of its own, which lets nobody in without the password', () =>
    inStackFolder(async (options) => {
      const state = await startDetached(options, ignore);
      expect(state.processes.map(({ role }) => role)).toContain('redis');
      const address = redisOf(options.data, state);
      expect(await redisFault(address, 1_000)).toBeUndefined();
      expect(await redisFault({ ...address, password: 'guess' }, 1_000)).toContain('WRONGPASS');
      expect(await redisFault({ host: address.host, port: address.port }, 1_000)).toContain('NOAUTH');
      const findings = await surveyStack(options.data, state, {});
      expect(findings.map(({ ready }) => ready)).not.toContain(false);
      const redis = findings.find(({ role }) => role === 'redis');
      expect(readFileSync(`/proc/${redis?.pid ?? 0}/cmdline`, 'utf8')).not.toContain(address.password);
      expect(await stopStack(options.data, ignore)).toEqual({ kind: 'stopped' });
      expect(isAlive(state.supervisor)).toBe(false);
      expect(await stopStack(options.data, ignore)).toEqual({ kind: 'nothing' });
    }));

  it('is started once by several that want it at the same time', () =>
    inStackFolder(async (options) => {
      const states = await Promise.all([1, 2, 3].map(() => startDetached(options, ignore)));
      expect(new Set(states.map(({ supervisor }) => supervisor.pid)).size).toBe(1);
    }));

  it('is stopped without its supervisor, which was killed', () =>
    inStackFolder(async (options) => {
      const { supervisor, processes } = await startDetached(options, ignore);
      process.kill(supervisor.pid, 'SIGKILL');
      await waitUntil(() => !isAlive(supervisor), { timeoutMs: 2_000 });
      expect(runningStack(options.data)).toBeUndefined();
      expect(await stopStack(options.data, ignore)).toMatchObject({ kind: 'cleaned' });
      const left = processes.filter(({ identity }) => identity !== undefined && isAlive(identity));
      expect(left).toEqual([]);
    }));

  it('is started over what a killed supervisor left behind', () =>
    inStackFolder(async (options) => {
      const before = await startDetached(options, ignore);
      process.kill(before.supervisor.pid, 'SIGKILL');
      const told: string[] = [];
      const after = await startDetached(options, (text) => void told.push(text));
      expect(told.join()).toContain('whose supervisor had died');
      const redis = before.processes.find(({ role }) => role === 'redis')?.identity;
      expect(identityOf(redis?.pid ?? 0)?.started).not.toBe(redis?.started);
      expect(await redisFault(redisOf(options.data, after), 1_000)).toBeUndefined();
    }));

  it('is found by the runs that follow, and started again for one with other settings', () =>
    inStackFolder(async ({ data, programs }) => {
      const told: string[] = [];
      const tell = (text: string): void => void told.push(text);
      const first = await wantedStack(data, caller, tell, programs);
      expect(await wantedStack(data, caller, tell, programs)).toEqual(JSON.parse(JSON.stringify(first)));
      const other = { ...caller, env: { ...caller.env, LUMINA_MODEL: 'openai/x' } };
      const second = await wantedStack(data, other, tell, programs);
      expect(second.supervisor).not.toEqual(first.supervisor);
      expect(second.model).toBe('openai/x');
      expect(second.processes.map(({ role }) => role)).not.toContain('model-sim');
      expect(told).toContain('starting the stack again, for these have changed: LUMINA_MODEL');
    }));

  it('tells why it could not start', () =>
    inStackFolder(async (options) => {
      writeFakePrograms(options.programs, { 'apps/gateway': 'console.log("no luck"); process.exit(4)' });
      await expect(startDetached(options, ignore)).rejects.toThrow('no luck');
      expect(runningStack(options.data)).toBeUndefined();
    }));
});
