import { describe, expect, it } from '@jest/globals';
import { metricsOf, signalFaults } from './signals';
import { treeOf } from './source-tree';

const rules = `groups:
  - name: g
    rules:
      - record: lumina:x
        expr: sum(rate(lumina_a_total[5m]))
      - alert: LuminaA
        expr: lumina:x > 1 and lumina_h_bucket{le="5"} > 0
        labels: { severity: critical }
        annotations: { summary: s, look: l, runbook_url: 'https://x/LuminaA.md', dashboard: d }
`;
const tests = `tests:
  - alert_rule_test:
      - { alertname: LuminaA, exp_alerts: [] }
      - { alertname: LuminaA, exp_alerts: [{}] }
  - alert_rule_test: [{ alertname: LuminaA, exp_alerts: [] }]
  - alert_rule_test: [{ alertname: LuminaA, exp_alerts: [] }]
`;
const runbook = `# LuminaA
## Meaning
## Impact
## Diagnosis
\`\`\`sh runnable
./lumina status
\`\`\`
\`\`\`promql
sum by (x) (rate(lumina_a_total{x="lumina_unknown"}[5m]))
\`\`\`
Set \`LUMINA_KNOWN\`.
## Mitigation
## Escalation
`;
const drills = 'drills: [{ break: it, pages: [LuminaA] }]\nundrilled: []\n';
const metrics = `| metric | type |
| --- | --- |
| \`lumina_a_total\` | counter |
| \`lumina_h\` | histogram |
`;
const whole = {
  'ops/prometheus/rules/g.yaml': rules,
  'ops/prometheus/tests/g.yaml': tests,
  'docs/runbooks/LuminaA.md': runbook,
  'docs/metrics.md': metrics,
  'docs/configuration.md': '| `LUMINA_KNOWN` |',
  'ops/alert-drills.yaml': drills,
};
const faultsOf = (change: Record<string, string>, without?: keyof typeof whole): readonly string[] => {
  const files = Object.entries({ ...whole, ...change }).filter(([path]) => path !== without);
  return signalFaults(treeOf(Object.fromEntries(files)));
};

describe('the names in an expression', () => {
  it.each([
    [
      'sum by (le, route) (rate(a_b_bucket{route!~"x|y",le="5"}[5m])) / on (service) c:d > 5',
      ['a_b_bucket', 'c:d'],
    ],
    ['max(a) == 0 unless on () absent(up{job=~"lumina.*"})', ['a', 'up']],
    ['time() - max(a) > 60', ['a']],
    ['vector(1)', []],
  ])('%s', (expression, names) => {
    expect(metricsOf(expression)).toEqual(names);
  });
});

describe('alerts, their tests and their runbooks', () => {
  it('are content with each other', () => {
    expect(faultsOf({})).toEqual([]);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'a metric that does not exist',
      { 'docs/metrics.md': metrics.replace('lumina_h', 'lumina_i') },
      /reads lumina_h_bucket/,
    ],
    [
      'an alert that is never seen to fire',
      { 'ops/prometheus/tests/g.yaml': tests.replace('[{}]', '[]') },
      /never tested to fire/,
    ],
    [
      'too few quiet cases',
      { 'ops/prometheus/tests/g.yaml': tests.replace(/.*LuminaA.*\n$/, '') },
      /silent in 2 cases/,
    ],
    [
      'a test of nothing',
      { 'ops/prometheus/tests/h.yaml': tests.replaceAll('LuminaA', 'LuminaB') },
      /LuminaB, which is no alert/,
    ],
    ['a runbook of nothing', { 'docs/runbooks/LuminaB.md': runbook }, /LuminaB.md is about no alert/],
    [
      'a runbook without a part',
      { 'docs/runbooks/LuminaA.md': runbook.replace('## Impact', '') },
      /needs the sections/,
    ],
    [
      'a runbook without commands',
      { 'docs/runbooks/LuminaA.md': runbook.replace(' runnable', '') },
      /commands that can be run/,
    ],
    [
      'a query for what is not there',
      { 'docs/runbooks/LuminaA.md': runbook.replace('lumina_a', 'lumina_b') },
      /reads lumina_b_total/,
    ],
    [
      'a setting that is not there',
      { 'docs/runbooks/LuminaA.md': runbook.replace('_KNOWN', '_OTHER') },
      /LUMINA_OTHER/,
    ],
    [
      'an alert without a dashboard',
      { 'ops/prometheus/rules/g.yaml': rules.replace(', dashboard: d', '') },
      /annotation dashboard/,
    ],
    [
      'an alert without severity',
      { 'ops/prometheus/rules/g.yaml': rules.replace('severity', 'other') },
      /no severity/,
    ],
    [
      'a link to another runbook',
      { 'ops/prometheus/rules/g.yaml': rules.replace('x/LuminaA', 'x/LuminaB') },
      /another runbook/,
    ],
    [
      'an alert that is neither drilled nor explained',
      { 'ops/alert-drills.yaml': drills.replace('[LuminaA]', '[]') },
      /LuminaA is raised by no drill/,
    ],
    [
      'an explanation for what is drilled',
      {
        'ops/alert-drills.yaml': drills.replace(
          'undrilled: []',
          'undrilled: [{ why: x, alerts: [LuminaA] }]',
        ),
      },
      /need not say why not/,
    ],
    [
      'a drill of nothing',
      { 'ops/alert-drills.yaml': drills.replace('[LuminaA]', '[LuminaA, LuminaB]') },
      /names LuminaB, which is no alert/,
    ],
    ['no alerts', { 'ops/prometheus/rules/g.yaml': 'groups: []' }, /holds no alerts/],
  ])('%s is a fault', (_what, change, fault) => {
    expect(faultsOf(change)).toEqual(expect.arrayContaining([expect.stringMatching(fault)]));
  });

  it('an alert without a runbook is a fault', () => {
    expect(faultsOf({}, 'docs/runbooks/LuminaA.md')).toEqual([
      'LuminaA has no runbook: write docs/runbooks/LuminaA.md',
    ]);
  });

  it('a page of metrics is needed', () => {
    expect(faultsOf({}, 'docs/metrics.md')).toEqual(['docs/metrics.md is missing']);
  });
});
