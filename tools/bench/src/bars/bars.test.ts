import { describe, expect, it } from '@jest/globals';
import { sampleFinding, sampleModels, sampleRedis, sampleRound } from '../testing/sample-rounds';
import type { BurstFinding, Findings, LatencyFinding } from '../works/findings';
import { type Bar, judged } from './bar';
import { barsOf } from './bars';
import { cpuMsPerStep } from './closed-bars';

const bar = (findings: Findings, what: string): Bar | undefined =>
  barsOf(findings).find((one) => one.what.includes(what) && one.subject !== 'lumina-replicated');

const cpu = (seconds: number) => sampleRound({ cpuSeconds: { all: seconds } });
const flat = (value: number) => ({ median: value, min: value, max: value });

describe('judged', () => {
  const wanted = { subject: 's', what: 'w', unit: '' };

  it('meets a bar that it touches', () => {
    expect(judged({ ...wanted, bar: { atLeast: 2 } }, flat(2))[0]?.isMet).toBe(true);
    expect(judged({ ...wanted, bar: { atMost: 2 } }, flat(2))[0]?.isMet).toBe(true);
  });

  it('goes by the median', () => {
    expect(judged({ ...wanted, bar: { atMost: 2 } }, { median: 3, min: 1, max: 4 })[0]?.isMet).toBe(false);
  });

  it('judges nothing that was not measured', () => {
    expect(judged({ ...wanted, bar: { atMost: 2 } }, undefined)).toEqual([]);
    expect(judged({ ...wanted, bar: { atMost: 2 } }, flat(Number.NaN))).toEqual([]);
  });
});

describe('bars', () => {
  it('are none of no findings', () => {
    expect(barsOf({})).toEqual([]);
  });

  it('compare rounds of one turn, not medians of all', () => {
    const quick = { runs: 2_000 };
    const agent = sampleFinding({
      'lumina-local': [sampleRound(quick), sampleRound(), sampleRound()],
      'openai-agents': [sampleRound(quick), sampleRound(), sampleRound(quick)],
    });
    const found = bar({ agent }, 'runs/s against openai-agents');
    expect(found?.value).toEqual({ median: 1, min: 0.5, max: 1 });
    expect(found?.isMet).toBe(true);
  });

  it('ask less of the replicated one beside the SDK', () => {
    const agent = sampleFinding({
      'lumina-replicated': [sampleRound({ runs: 700 })],
      'openai-agents': [sampleRound()],
    });
    const found = barsOf({ agent }).find(({ what }) => what.includes('runs/s'));
    expect(found).toMatchObject({ subject: 'lumina-replicated', bar: { atLeast: 0.7 }, isMet: true });
  });

  it('weigh what a run costs, and what each further step', () => {
    const agent = sampleFinding({ 'lumina-local': [cpu(2)], restate: [cpu(3)] });
    const steps4 = sampleFinding({ 'lumina-local': [cpu(3.5)], restate: [cpu(6)] });
    expect(bar({ agent }, 'CPU against restate')).toMatchObject({ isMet: false });
    expect(cpuMsPerStep('lumina-local', agent, steps4)?.median).toBeCloseTo(0.5);
    expect(bar({ agent, steps4 }, 'each step more')?.value.median).toBeCloseTo(0.5);
    expect(cpuMsPerStep('lumina-local', agent, undefined)).toBeUndefined();
  });

  it('judge the least of what was counted: a busy machine only adds', () => {
    const batch = (commands: number) => sampleRedis({ commands });
    const counts = (...commands: readonly number[]): Findings => ({
      counts: {
        batches: { 'lumina-local': commands.map(batch) },
        traces: {
          'lumina-local': { 'script commit run:<id>': 3, 'script BullMQ addJob q': 40, 'xread COUNT': 9 },
        },
        stored: { 'lumina-local': { journal: 1_900, inMemory: 9_900 } },
      },
    });
    expect(bar(counts(300, 60, 120), 'Redis commands')).toMatchObject({ value: flat(60), isMet: true });
    expect(bar(counts(300, 120), 'Redis commands')).toMatchObject({ value: flat(120), isMet: false });
    expect(bar(counts(60), 'scripts of the run store')).toMatchObject({ value: flat(3), isMet: true });
    expect(bar(counts(60), 'bytes kept in memory')?.isMet).toBe(false);
  });

  it('take what Redis reads at rest off the round trips of a run', () => {
    const rounds = { 'lumina-local': [sampleRound({ redis: sampleRedis({ reads: 20 }), runs: 100 })] };
    const latency: LatencyFinding = {
      tasks: {
        agent: {
          ...sampleFinding(rounds),
          added: { 'lumina-local': { p50Ms: flat(4), p95Ms: flat(8), p99Ms: flat(30) } },
        },
      },
      resting: { 'lumina-local': { readsPerSecond: 50, writesPerSecond: 50 } },
      traces: {},
      stored: {},
    };
    expect(bar({ latency }, 'round trips')).toMatchObject({ value: flat(15), isMet: true });
    expect(bar({ latency }, 'added p50')?.isMet).toBe(true);
    expect(bar({ latency }, 'added p99')?.isMet).toBe(false);
  });

  const burst = (runs: number, errors: Record<string, number> = {}): BurstFinding => ({
    runs,
    idleRssBytes: {},
    warmUp: {},
    rounds: { 'lumina-local': [{ ...sampleRound({ elapsedMs: 6_000, errors }), peakRssBytes: {} }] },
    aboveIdleBytes: { 'lumina-local': 500e6 },
  });

  it('judge a whole burst: its time, its memory, and whether all were answered', () => {
    expect(bar({ burst: burst(1_000) }, 'all done')).toMatchObject({ value: flat(6), isMet: true });
    expect(bar({ burst: burst(1_000) }, 'memory')).toMatchObject({ value: flat(500), isMet: false });
    expect(bar({ burst: burst(1_000, { refused: 2 }) }, 'not answered')?.isMet).toBe(false);
    expect(barsOf({ burst: burst(100) })).toEqual([]);
  });

  it('compare the cost beside many threads with that beside one', () => {
    const finding = sampleFinding({ few: [cpu(1)], many: [cpu(1.2)] });
    const threads = { ...finding, levels: { 1: 'few', 100_000: 'many' } };
    expect(bar({ threads }, 'threads: CPU a run')?.value.median).toBeCloseTo(1.2);
    expect(bar({ threads: { ...finding, levels: { 1: 'few', 1_000: 'many' } } }, 'threads')).toBeUndefined();
  });

  it('judge growth of the services, not of what is stored, and only of a long soak', () => {
    const trend = (bytesPerHour: number) => ({ medianBytes: 100, maxBytes: 120, bytesPerHour });
    const soaked = { round: sampleRound(), samples: [], trends: { gateway: trend(4), redis: trend(1_000) } };
    const soak = { rate: 50, seconds: 1_800, bySubject: { 'lumina-local': soaked, 'fastify-loop': soaked } };
    expect(bar({ soak }, 'growth')).toMatchObject({ value: flat(4), isMet: true });
    expect(barsOf({ soak }).map(({ subject }) => subject)).not.toContain('fastify-loop');
    expect(barsOf({ soak: { ...soak, seconds: 10 } })).toEqual([]);
  });

  it('judge what the sandbox adds to a call, how late a hog is over, and what a neighbour feels of it', () => {
    const at = (p50Ms: number) => ({ p50Ms, p95Ms: 9 });
    const beside = (hog: string, besideP95Ms: number, latestMs: number) => ({
      ...{ tier: 'landlock', hog, aloneP95Ms: 10, besideP95Ms, latestMs, endedBy: ['wall'] },
    });
    const sandbox = {
      overhead: [1, 3].map((ms) => ({ plain: at(ms), landlock: at(ms + 14) })),
      beside: [beside('memory', 15, -900), beside('memory', 15, 400), beside('disk', 21, 1_001)],
      absent: {},
    };
    expect(bar({ sandbox }, 'added p50')).toMatchObject({ value: flat(14), isMet: true });
    expect(bar({ sandbox }, 'after its limit')).toMatchObject({ value: flat(1_001), isMet: false });
    expect(bar({ sandbox }, 'beside memory')).toMatchObject({ value: flat(1.5), isMet: true });
    expect(bar({ sandbox }, 'beside disk')?.isMet).toBe(false);
  });

  it('judge all that a call of a model takes of the store, the median of rounds, and the worst fallback of all', () => {
    const models = sampleModels();
    expect(bar({ models }, 'check (local)')).toMatchObject({
      value: { median: 1.5, min: 1, max: 3 },
      isMet: true,
    });
    expect(bar({ models }, 'fallback is asked, p50')).toMatchObject({ value: flat(0.5), isMet: true });
    expect(bar({ models }, 'fallback is asked, p99')).toMatchObject({ value: flat(6), isMet: false });
    expect(bar({ models }, 'beyond its time-out')).toMatchObject({ value: flat(501), isMet: false });
    const [gentle] = models.fallback;
    expect(bar({ models: { ...models, fallback: [gentle ?? {}] } }, 'beyond its time-out')?.isMet).toBe(true);
  });
});
