import { describe, expect, it } from '@jest/globals';
import { barsOf } from '../bars/bars';
import { readCommandLine } from '../command-line';
import { sampleFinding, sampleModels, sampleRedis, sampleRound } from '../testing/sample-rounds';
import type { Findings } from '../works/findings';
import { figure, mebibytes, spreadText } from './figures';
import type { Report } from './report';
import { reportText } from './report-text';
import { table } from './table';

describe('figures', () => {
  it.each([
    [1234.5, '1,235'],
    [99.96, '100.0'],
    [12.34, '12.3'],
    [0.126, '0.13'],
    [-0.5, '-0.50'],
    [3, '3'],
    [0, '0'],
    [undefined, '–'],
    [Number.NaN, '–'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('%p is written %p', (value, text) => {
    expect(figure(value)).toBe(text);
  });

  it('show the spread where there is one', () => {
    expect(spreadText({ median: 2, min: 1, max: 3 })).toBe('2 (1–3)');
    expect(spreadText({ median: 2, min: 2, max: 2 })).toBe('2');
    expect(spreadText(undefined)).toBe('–');
    expect(mebibytes(3 * 1_048_576)).toBe('3 MiB');
  });
});

describe('table', () => {
  it('puts columns below one another, names to the left and figures to the right', () => {
    const rows = [['a', '1'], ['longer', '12,345'], ['short']];
    const lines = ['          runs', '------  ------', 'a            1', 'longer  12,345', 'short'];
    expect(table(['', 'runs'], rows)).toBe(lines.map((line) => `  ${line}\n`).join(''));
  });
});

const added = { p50Ms: { median: 3, min: 2, max: 4 }, p95Ms: undefined, p99Ms: undefined };
const ours = sampleFinding({ 'lumina-local': [sampleRound({ redis: sampleRedis() })] });
const stream = {
  streams: 1,
  firstMs: { p50: 4, p95: 4, p99: 4, max: 4 },
  lastMs: undefined,
  gapMs: undefined,
  piecesPerStream: 300,
  charactersPerStream: 1_000,
  bytesPerStream: 70_000,
};

const findings: Findings = {
  burst: {
    runs: 1_000,
    idleRssBytes: { 'lumina-local': { gateway: 1e8 } },
    warmUp: {},
    rounds: { 'lumina-local': [{ ...sampleRound({ errors: { refused: 2 } }), peakRssBytes: {} }] },
    aboveIdleBytes: { 'lumina-local': 3e8 },
  },
  agent: ours,
  agent4: ours,
  steps4: ours,
  latency: {
    tasks: { agent: { ...ours, added: { 'lumina-local': added } } },
    resting: { 'lumina-local': { readsPerSecond: 6, writesPerSecond: 6 } },
    traces: { 'lumina-local': { 'script claim': 3, ping: 0.01 } },
    stored: { 'lumina-local': { journal: 1_860, inMemory: 9_008 } },
  },
  stream: {
    clients: 32,
    rounds: {
      'lumina-local': [{ first: stream, firstCost: sampleRound(), long: stream, longCost: sampleRound() }],
    },
    added: { 'lumina-local': added },
  },
  sustain: { ...ours, rate: 50, added: { 'lumina-local': added } },
  threads: { ...ours, levels: { 1: 'lumina-local', 100_000: 'nobody' } },
  soak: {
    rate: 50,
    seconds: 1_800,
    bySubject: {
      'lumina-local': {
        round: sampleRound(),
        samples: [],
        trends: { gateway: { medianBytes: 1e8, maxBytes: 1e8, bytesPerHour: 1e9 } },
      },
    },
  },
  models: sampleModels(),
};

const report: Report = {
  at: '2026-01-01T00:00:00.000Z',
  durationMs: 90_000,
  options: readCommandLine(['--quick']),
  machine: { cpu: 'Some CPU', cores: 2, memoryBytes: 2 ** 34, kernel: '6.1' },
  versions: { node: 'v24.0.0', redis: '7.0.15', lumina: 'abc' },
  subjects: [
    {
      name: 'peer',
      title: 'A peer',
      isDurable: false,
      versions: { fastify: '5.0.0' },
      settings: {},
      atRest: { node: 0.005 },
    },
  ],
  absent: { restate: 'no binary for this system' },
  findings,
  bars: barsOf(findings),
};

describe('the report', () => {
  const text = reportText(report);

  it.each([
    'node v24.0.0, redis 7.0.15, lumina abc',
    'peer: fastify 5.0.0',
    'peer 0.50 %',
    'restate is left out: no binary for this system',
    'do not compare these figures',
    '1,000 runs',
    'what more costs',
    '(model-sim)',
    'script claim',
    '100,000 stored',
    'growth an hour',
    'dies after any token',
    'five budgets and the check',
    'MISSED',
    'met',
  ])('says %j', (words) => {
    expect(text).toContain(words);
  });

  it('leaves out what was not done, and what hardly ever comes up', () => {
    expect(text).not.toContain('chat: one model call');
    expect(text).not.toContain('ping');
    expect(text).not.toMatch(/undefined|NaN/);
  });

  it('has only its head when nothing was done', () => {
    expect(reportText({ ...report, findings: {}, bars: [] }).split('\n')).toHaveLength(7);
  });
});
