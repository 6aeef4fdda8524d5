import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { bareEnvironment, lumina } from './stack';

jest.setTimeout(120_000);

interface Round {
  readonly runs: number;
  readonly elapsedMs: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly modelCalls: number;
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly apart: Readonly<Record<string, number>>;
  readonly rssBytes: Readonly<Record<string, number>>;
  readonly redis: {
    readonly reads: number;
    readonly inputBytes: number;
    readonly byCommand: Readonly<Record<string, number>>;
  };
}

interface Report {
  readonly versions: Readonly<Record<string, string>>;
  readonly findings: Readonly<
    Record<string, { readonly rounds: Readonly<Record<string, readonly Round[]>> }>
  >;
}

const roles = ['gateway', 'agent-orchestrator', 'tool-executor', 'redis'];

describe('lumina bench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lumina-bench-'));
  const out = join(folder, 'results/found.json');
  let ended: Awaited<ReturnType<typeof lumina>>;
  const roundOf = (work: string): Round => {
    const [round] = (JSON.parse(ended.stdout) as Report).findings[work]?.rounds['lumina-local'] ?? [];
    if (round === undefined) throw new Error(`nothing was found of ${work}:\n${ended.stderr}`);
    return round;
  };

  beforeAll(async () => {
    const works = ['chat', 'agent', '--quick', '--rounds', '1', '--seconds', '1', '--clients', '4'];
    const args = [...works, '--durability', 'local', '--json', '--out', out];
    ended = await lumina(['bench', ...args], bareEnvironment());
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('ends well, with the results on stdout and in the file, and its progress elsewhere', () => {
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual(JSON.parse(readFileSync(out, 'utf8')));
    expect(ended.stderr).toContain('round 1/1');
    expect((JSON.parse(ended.stdout) as Report).versions).toMatchObject({
      node: process.version,
      redis: expect.stringMatching(/^\d+\./),
    });
  });

  it.each([
    ['chat', 1],
    ['agent', 2],
  ])('counts as many model calls of %s as its runs make', (work, callsPerRun) => {
    const { runs, errors, modelCalls } = roundOf(work);
    expect(errors).toEqual({});
    expect(runs).toBeGreaterThan(4);
    expect(modelCalls).toBe(runs * callsPerRun);
  });

  it('accounts for every process, and for the load apart from them', () => {
    const { cpuSeconds, rssBytes, apart, elapsedMs } = roundOf('agent');
    expect(Object.keys(cpuSeconds)).toEqual(roles);
    for (const role of roles) {
      expect(cpuSeconds[role]).toBeGreaterThan(0);
      expect(rssBytes[role]).toBeGreaterThan(1e6);
    }
    for (const cost of [apart['load'], apart['model']]) expect(cost).toBeGreaterThan(0);
    const spent = Object.values(cpuSeconds).reduce((sum, one) => sum + one, 0);
    // Hundredths are what the kernel counts in; nothing is found that the machine does not have.
    expect(spent).toBeLessThan((elapsedMs / 1_000) * navigator.hardwareConcurrency + 0.1);
  });

  it('counts what Redis is asked', () => {
    const { redis } = roundOf('agent');
    expect(redis.reads).toBeGreaterThan(0.1);
    expect(redis.inputBytes).toBeGreaterThan(1_000);
    // Created, and two model calls and a tool call committed, all of them handed over or claimed.
    expect(redis.byCommand['evalsha']).toBeGreaterThanOrEqual(4);
  });
});
