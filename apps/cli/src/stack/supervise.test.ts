import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type FakeShell, fakeShell } from '../command-line/fake-shell';
import { Refusal } from '../command-line/refusal';
import { type DataFolder, dataFolder } from '../data/data-folder';
import { inFolder } from '../data/temporary-folder';
import { ask } from '../gateway/http-exchange';
import { waitUntil } from '../processes/delay';
import { freePort } from '../processes/free-port';
import { identityOf } from '../processes/process-identity';
import { writeFakePrograms } from './fake-programs';
import { runningStack } from './running-stack';
import type { StackOptions } from './stack-options';
import { stackOwner } from './stack-lock';
import { type StackState, readStackState, urlOf } from './stack-state';
import { type SupervisionEnd, supervise } from './supervise';

// A Redis that is configured is neither started nor looked at by the supervisor.
const env = { LUMINA_REDIS_URL: 'redis://:hush@127.0.0.1:1', PATH: process.env['PATH'] ?? '' };

interface Stack {
  readonly data: DataFolder;
  readonly user: FakeShell;
  readonly told: string[];
  readonly end: Promise<SupervisionEnd>;
  readonly ready: Promise<StackState>;
}

function start(
  folder: string,
  scripts: Record<string, string> = {},
  changes: Partial<StackOptions> = {},
): Stack {
  const data = dataFolder('data', { env: {}, cwd: folder });
  const programs = writeFakePrograms(join(folder, 'programs'), scripts);
  const user = fakeShell({ env, cwd: folder });
  const told: string[] = [];
  const tell = (text: string) => void told.push(text);
  let end: Promise<SupervisionEnd> | undefined;
  const ready = new Promise<StackState>((resolve) => {
    const options = { data, programs, port: 0, replicas: 1, isExplicit: true, caller: user, ...changes };
    const { onInterrupt } = user;
    end = supervise(options, { progress: tell, note: tell, ready: resolve, onInterrupt });
  });
  if (end === undefined) throw new Error('not started');
  // Each test looks at the end itself; one that fails before must not fail twice.
  end.catch(() => undefined);
  return { data, user, told, end, ready };
}

const pids = (state: StackState): number[] =>
  state.processes.flatMap(({ identity }) => (identity === undefined ? [] : [identity.pid]));

describe('supervise', () => {
  it('starts every process, says where they are, and stops them in order', () =>
    inFolder(async (folder) => {
      const { data, user, told, end, ready } = start(folder, {}, { replicas: 2 });
      const state = await ready;
      expect(state.phase).toBe('ready');
      expect(state.processes.map(({ name }) => name).sort()).toEqual([
        'agent-orchestrator-1',
        'agent-orchestrator-2',
        'gateway',
        'health',
        'model-sim',
        'redis (configured)',
        'tool-executor-1',
        'tool-executor-2',
      ]);
      expect(runningStack(data)).toEqual(JSON.parse(JSON.stringify(state)));
      expect(readFileSync(data.stateFile, 'utf8')).not.toContain('hush');
      const running = pids(state);
      user.interrupt();
      expect(await end).toEqual({ kind: 'over', exitCode: 0 });
      expect(told).toEqual([
        'stopping gateway',
        'stopping agent-orchestrator × 2',
        'stopping tool-executor × 2',
        'stopping health',
        'stopping model-sim',
      ]);
      expect(running.filter((pid) => identityOf(pid) !== undefined)).toEqual([]);
      expect(existsSync(data.stateFile)).toBe(false);
      expect(stackOwner(data.lockFile)).toBeUndefined();
    }));

  it('starts a killed process again on its port, and writes down the new one', () =>
    inFolder(async (folder) => {
      const { data, user, told, end, ready } = start(folder);
      const before = await ready;
      const executor = before.processes.find(({ role }) => role === 'tool-executor');
      process.kill(executor?.identity?.pid ?? 0, 'SIGKILL');
      const isBack = (): boolean => told.some((text) => text.includes('tool-executor-1 is ready again'));
      expect(await waitUntil(isBack, { timeoutMs: 5_000 })).toBe(true);
      const after = readStackState(data.stateFile);
      const again = after?.processes.find(({ role }) => role === 'tool-executor');
      expect(again?.url).toBe(executor?.url);
      expect(again?.identity?.pid).not.toBe(executor?.identity?.pid);
      user.interrupt();
      await end;
    }));

  it('listens where it was asked to', () =>
    inFolder(async (folder) => {
      const port = await freePort();
      const { user, end, ready } = start(folder, {}, { port });
      const url = urlOf(await ready, 'gateway');
      expect(url).toBe(`http://127.0.0.1:${port}`);
      expect(JSON.parse((await ask(url ?? '', { timeoutMs: 1_000 })).text)).toMatchObject({
        port: String(port),
      });
      user.interrupt();
      await end;
    }));

  it('refuses a port that is taken, and leaves nothing behind', () =>
    inFolder(async (folder) => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as { port: number };
      const { data, end } = start(folder, {}, { port });
      await expect(end).rejects.toThrow(`port ${port} is taken`);
      expect(existsSync(data.stateFile)).toBe(false);
      server.close();
    }));

  it('names the service that cannot start, with the last lines of its log, and stops the others', () =>
    inFolder(async (folder) => {
      const broken = 'console.error("PORT: expected an integer"); process.exit(2)';
      const { data, end } = start(folder, { 'apps/health': broken });
      const error: unknown = await end.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(Refusal);
      expect(String(error)).toContain('health could not start (exit code 2)');
      expect(String(error)).toContain('PORT: expected an integer');
      expect(existsSync(data.stateFile)).toBe(false);
    }));

  it('can be stopped while it starts', () =>
    inFolder(async (folder) => {
      const { user, end, data } = start(folder, { 'apps/gateway': 'setInterval(() => {}, 1000)' });
      const isStarting = (): boolean => (readStackState(data.stateFile)?.processes.length ?? 0) >= 5;
      await waitUntil(isStarting, { timeoutMs: 5_000 });
      user.interrupt('SIGTERM');
      expect(await end).toEqual({ kind: 'over', exitCode: 0 });
      expect(existsSync(data.stateFile)).toBe(false);
    }));

  it('kills on the second interrupt what ignores the first', () =>
    inFolder(async (folder) => {
      const deaf = `process.on('SIGTERM', () => {}); process.removeAllListeners('disconnect');
        const http = require('node:http');
        const server = http.createServer((q, r) => r.end()).listen(0, '127.0.0.1', () =>
          process.send({ type: 'listening', url: 'http://127.0.0.1:' + server.address().port }));`;
      const { user, end, ready, told } = start(folder, { 'apps/gateway': deaf });
      const running = pids(await ready);
      user.interrupt();
      await waitUntil(() => told.includes('stopping gateway'), { timeoutMs: 2_000 });
      user.interrupt();
      expect(await end).toEqual({ kind: 'over', exitCode: 130 });
      expect(running.filter((pid) => identityOf(pid) !== undefined)).toEqual([]);
    }));

  it('is had once for each data folder', () =>
    inFolder(async (folder) => {
      const { user, end, ready } = start(folder);
      await ready;
      expect(await start(folder).end).toEqual({ kind: 'taken' });
      user.interrupt();
      await end;
    }));
});
