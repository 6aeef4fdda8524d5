import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inFolder } from '../data/temporary-folder';
import { type PackageSystem, ensureSystemPackages, findProgram, wantSystemPackages } from './ensure';

interface Machine {
  readonly system: PackageSystem;
  readonly executed: string[];
  readonly environments: Readonly<Record<string, string | undefined>>[];
}

function machine(
  has: readonly string[],
  changes: { isRoot?: boolean; failures?: number; stderr?: string } = {},
): Machine {
  const executed: string[] = [];
  const environments: Readonly<Record<string, string | undefined>>[] = [];
  let failuresLeft = changes.failures ?? 0;
  const system: PackageSystem = {
    find: (program) => (has.includes(program) ? `/usr/bin/${program}` : undefined),
    isRoot: changes.isRoot ?? true,
    execute: (command, args, env) => {
      executed.push([command, ...args].join(' '));
      environments.push(env);
      if (args[0] === 'update' || failuresLeft === 0) return Promise.resolve();
      failuresLeft -= 1;
      return Promise.reject(Object.assign(new Error('exit 100'), { stderr: changes.stderr ?? '' }));
    },
  };
  return { system, executed, environments };
}

const both = ['redis-server', 'bwrap'] as const;
const install = 'apt-get install -y --no-install-recommends redis-server bubblewrap';

describe('ensureSystemPackages', () => {
  it('is silent when nothing is missing', async () => {
    const { system, executed } = machine([...both]);
    await ensureSystemPackages(both, { progress: () => executed.push('said something') }, system);
    expect(executed).toEqual([]);
  });

  it('installs as root without questions and without starting services', async () => {
    const { system, executed, environments } = machine(['apt-get']);
    const told: string[] = [];
    await ensureSystemPackages(both, { progress: (text) => told.push(text) }, system);
    expect(executed).toEqual([install]);
    expect(environments[0]).toMatchObject({
      RUNLEVEL: '1',
      SYSTEMD_OFFLINE: '1',
      DEBIAN_FRONTEND: 'noninteractive',
    });
    expect(told).toEqual(['installing redis-server and bubblewrap (once)']);
  });

  it('fetches the lists of packages when they are too old', async () => {
    const { system, executed } = machine(['apt-get', 'bwrap'], { failures: 1 });
    await ensureSystemPackages(both, { progress: () => undefined }, system);
    expect(executed).toEqual([
      'apt-get install -y --no-install-recommends redis-server',
      'apt-get update',
      'apt-get install -y --no-install-recommends redis-server',
    ]);
  });

  it('says what went wrong and what to run when it cannot', async () => {
    const { system } = machine(['apt-get'], { failures: 2, stderr: 'E: Unable to locate package' });
    const ensured = ensureSystemPackages(both, { progress: () => undefined }, system);
    await expect(ensured).rejects.toThrow(/E: Unable to locate package[\s\S]*apt-get update && RUNLEVEL=1/);
  });

  it('touches nothing without being root, and says what to run', async () => {
    const { system, executed } = machine(['apt-get'], { isRoot: false });
    const ensured = ensureSystemPackages(both, { progress: () => undefined }, system);
    await expect(ensured).rejects.toThrow(
      'sudo env RUNLEVEL=1 SYSTEMD_OFFLINE=1 DEBIAN_FRONTEND=noninteractive apt-get install',
    );
    expect(executed).toEqual([]);
  });

  it('names the packages where there is no apt-get', async () => {
    const ensured = ensureSystemPackages(both, { progress: () => undefined }, machine([]).system);
    await expect(ensured).rejects.toThrow('install redis-server and bubblewrap with your system');
  });
});

describe('wantSystemPackages', () => {
  it('installs like the other', async () => {
    const { system, executed } = machine(['apt-get', 'redis-server']);
    await wantSystemPackages(['bwrap'], { progress: () => undefined, without: '' }, system);
    expect(executed).toEqual(['apt-get install -y --no-install-recommends bubblewrap']);
  });

  it('goes on without what cannot be had, and says how to have it', async () => {
    const { system } = machine(['apt-get'], { isRoot: false });
    const told: string[] = [];
    const reporter = {
      progress: (text: string) => told.push(text),
      without: 'without tools that run programs',
    };
    await wantSystemPackages(['bwrap'], reporter, system);
    expect(told.join()).toMatch(
      /^bwrap missing\. To have it: \(going on, without tools that run programs\)\n {2}sudo apt-get update/,
    );
  });
});

describe('findProgram', () => {
  it('finds what can be executed, in the order of the folders, and no folders', () =>
    inFolder((folder) => {
      for (const name of ['a', 'b', 'c']) mkdirSync(join(folder, name));
      mkdirSync(join(folder, 'a', 'tool'));
      writeFileSync(join(folder, 'b', 'tool'), '', { mode: 0o644 });
      writeFileSync(join(folder, 'c', 'tool'), '', { mode: 0o755 });
      const path = ['a', 'b', '', 'c'].map((name) => (name === '' ? '' : join(folder, name))).join(':');
      expect(findProgram('tool', path)).toBe(join(folder, 'c', 'tool'));
      expect(findProgram('none', path)).toBeUndefined();
    }));
});
