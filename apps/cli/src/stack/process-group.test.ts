import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { serviceHeapOptions } from '@lumina/contracts';
import { dataFolder, makeDataFolder } from '../data/data-folder';
import { inFolder } from '../data/temporary-folder';
import { programSpec } from '../processes/fake-program';
import { tryPort } from '../processes/free-port';
import { ProcessGroup } from './process-group';
import { serviceSpec } from './process-specs';
import type { StackOptions } from './stack-options';
import { gatewayPort, healthPort } from './stack-ports';

const events = { onChange: () => undefined, onNote: () => undefined, onProgress: () => undefined };

describe('a group of processes', () => {
  it('names those that are not ready in time, with their logs', () =>
    inFolder(async (folder) => {
      const group = new ProcessGroup(events);
      const slow = programSpec(folder, 'console.log("loading"); setInterval(() => {}, 1000)', {
        name: 'slow',
      });
      const quick = programSpec(folder, undefined, { name: 'quick' });
      const specs = [
        { ...slow, role: 'gateway' as const },
        { ...quick, role: 'health' as const },
      ];
      const outcome = await group.start(specs, 1_500);
      expect(outcome.kind).toBe('failed');
      const message = outcome.kind === 'failed' ? outcome.message : '';
      expect(message).toMatch(/^not ready after 1\.5 s: slow\n/);
      expect(message).toContain('loading');
      expect(message).not.toContain("quick's log");
      await group.stop();
      expect(group.records.map(({ identity }) => identity)).toEqual([undefined, undefined]);
    }));

  it('starts nothing after it was stopped', () =>
    inFolder(async (folder) => {
      const group = new ProcessGroup(events);
      await group.stop();
      const outcome = await group.start([{ ...programSpec(folder), role: 'gateway' }], 1_000);
      expect(outcome).toEqual({ kind: 'stopped' });
      expect(group.records).toEqual([]);
    }));
});

describe('a service', () => {
  it.each([
    [undefined, 25_000],
    ['10s', 15_000],
    ['500ms', 5_500],
    ['1.5m', 95_000],
    ['2000', 7_000],
    ['for ever', 25_000],
  ])('with a drain time of %j has %d ms to stop', (given, stopTimeoutMs) => {
    const place = { data: dataFolder('/d', { env: {}, cwd: '/' }), programs: '/p' };
    const environment = given === undefined ? {} : { LUMINA_DRAIN_TIMEOUT: given };
    const spec = serviceSpec(place, environment, { role: 'tool-executor', index: 2, port: 0 });
    expect(spec).toMatchObject({
      name: 'tool-executor-2',
      args: [...serviceHeapOptions, join('/p', 'apps/tool-executor/src/main.js')],
      stopTimeoutMs,
    });
  });
});

describe('the ports of a stack', () => {
  // An address of its own, so that a stack on this machine is not in the way.
  const host = '127.0.0.77';

  const options = (folder: string, port?: number): StackOptions => {
    const data = dataFolder('d', { env: {}, cwd: folder });
    makeDataFolder(data);
    return {
      data,
      programs: folder,
      port,
      replicas: 1,
      isExplicit: true,
      caller: { env: { LUMINA_HOST: host }, cwd: folder },
    };
  };

  it('are the usual ones where these are free, and others where not', () =>
    inFolder(async (folder) => {
      const told: string[] = [];
      const reporter = { progress: (text: string) => void told.push(text), note: () => undefined };
      expect(await gatewayPort(options(folder), reporter)).toBe(8080);
      expect(await healthPort(options(folder), 8080)).toBe(8081);
      expect(await healthPort(options(folder), 8081)).not.toBe(8081);
      expect(await healthPort({ ...options(folder), port: 18_412 }, 18_412)).toBe(18_413);
      expect(await healthPort({ ...options(folder), port: 65_535 }, 65_535)).toBeLessThan(65_535);
      const server = createServer().listen(8080, host);
      await once(server, 'listening');
      const other = await gatewayPort(options(folder), reporter);
      expect(other).not.toBe(8080);
      expect(await tryPort(other, host)).toBe(other);
      expect(told).toEqual([`port 8080 is taken by something else: the gateway listens on ${other}`]);
      await expect(gatewayPort(options(folder, 8080), reporter)).rejects.toThrow('port 8080 is taken');
      server.close();
    }));
});
