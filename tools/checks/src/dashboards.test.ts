import { describe, expect, it } from '@jest/globals';
import { dashboardFaults } from './dashboards';
import { treeOf } from './source-tree';

const rules = `groups:
  - name: g
    rules:
      - record: lumina:x
        expr: sum(rate(lumina_a_total[5m]))
      - alert: LuminaA
        expr: lumina:x > 1
        annotations: { dashboard: '/d/lumina-tools?viewPanel=3&from=now-3h' }
`;
const dashboard = JSON.stringify({
  uid: 'lumina-tools',
  panels: [
    { id: 1_000, title: 'Row' },
    {
      id: 3,
      title: 'Calls',
      targets: [{ expr: 'sum by (x) (rate(lumina_a_total{x="y"}[$__rate_interval])) / lumina:x' }],
    },
  ],
});
const whole = {
  'ops/prometheus/rules/g.yaml': rules,
  'docs/metrics.md': '| metric | type |\n| --- | --- |\n| `lumina_a_total` | counter |\n',
  'ops/grafana/dashboards/lumina-tools.json': dashboard,
};
const faultsOf = (change: Record<string, string>): readonly string[] =>
  dashboardFaults(treeOf({ ...whole, ...change }));

describe('dashboards', () => {
  it('are well when what they ask for is exported and alerts lead to them', () => {
    expect(faultsOf({})).toEqual([]);
  });

  it.each([
    [
      'a metric that nobody exports',
      dashboard.replace('lumina_a_total', 'lumina_b_total'),
      /"Calls" reads lumina_b_total/,
    ],
    [
      'an alert that leads to another panel',
      dashboard.replace('"id":3', '"id":4'),
      /LuminaA leads to no panel/,
    ],
    [
      'an alert that leads to another dashboard',
      dashboard.replace('lumina-tools', 'lumina-x'),
      /LuminaA leads to no panel/,
    ],
  ])('%s is a fault', (_what, text, fault) => {
    expect(faultsOf({ 'ops/grafana/dashboards/lumina-tools.json': text })).toEqual([
      expect.stringMatching(fault),
    ]);
  });

  it('have to be there', () => {
    const { 'ops/grafana/dashboards/lumina-tools.json': _none, ...rest } = whole;
    expect(dashboardFaults(treeOf(rest))).toEqual(['ops/grafana/dashboards/ holds no dashboards']);
  });
});
