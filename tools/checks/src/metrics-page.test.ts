import { describe, expect, it } from '@jest/globals';
import { metricsPageFaults } from './metrics-page';
import { promisedMetrics } from './promised-metrics';
import { treeOf } from './source-tree';

const row = (name: string, labels: readonly string[]): string =>
  `| \`${name}\` | counter | ${labels.map((label) => `\`${label}\``).join(', ')} | all | x |`;
const promised = Object.entries(promisedMetrics);
const labels = [...new Set(promised.flatMap(([, own]) => own))];

function page({
  metrics = promised.map(([name, own]) => row(name, own)),
  bounded = labels,
  planned = [] as readonly string[],
} = {}) {
  return [
    ...['| metric | type | labels | of | meaning |', '| --- | --- | --- | --- | --- |', ...metrics, ''],
    ...[
      '| label | bounded by |',
      '| --- | --- |',
      ...bounded.map((label) => `| \`${label}\` | a list |`),
      '',
    ],
    ...[
      '| metric that is planned | why |',
      '| --- | --- |',
      ...planned.map((name) => `| \`${name}\` | because |`),
    ],
  ].join('\n');
}

const faults = (text: string) => metricsPageFaults(treeOf({ 'docs/metrics.md': text }));

describe('the page of metrics', () => {
  it('is content when all that is promised is there', () => {
    expect(faults(page())).toEqual([]);
  });

  it('misses what is promised, unless it says why', () => {
    const metrics = promised
      .filter(([name]) => name !== 'lumina_run_duration_seconds')
      .map(([name, own]) => row(name, own));
    expect(faults(page({ metrics }))).toEqual([
      expect.stringContaining('lumina_run_duration_seconds is promised'),
    ]);
    expect(faults(page({ metrics, planned: ['lumina_run_duration_seconds'] }))).toEqual([]);
  });

  it('knows that what is exported is not missing any more', () => {
    expect(faults(page({ planned: ['lumina_runs_total'] }))).toEqual([
      'lumina_runs_total is exported: take it out of what is not there yet',
    ]);
  });

  it('misses a label that is promised', () => {
    const metrics = promised.map(([name, own]) => row(name, name === 'lumina_queue_jobs' ? ['queue'] : own));
    expect(faults(page({ metrics }))).toContain(
      'lumina_queue_jobs is promised with the label state, and has none',
    );
  });

  it.each(['run', 'tenant', 'path'])('refuses the label %s', (label) => {
    const metrics = [...promised.map(([name, own]) => row(name, own)), row('lumina_x_total', [label])];
    expect(faults(page({ metrics, bounded: [...labels, label] }))).toEqual([
      expect.stringMatching(`lumina_x_total has the label ${label}, of which there is no end`),
    ]);
  });

  it('wants to know what bounds a label', () => {
    const metrics = [...promised.map(([name, own]) => row(name, own)), row('lumina_x_total', ['colour'])];
    expect(faults(page({ metrics }))).toEqual([expect.stringContaining('say below what bounds it')]);
  });

  it('is missed', () => {
    expect(metricsPageFaults(treeOf({}))).toEqual(['docs/metrics.md is missing']);
  });
});
