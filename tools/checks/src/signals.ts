import { parse } from 'yaml';
import { z } from 'zod';
import type { Check } from './check';
import { rowsBelow, uncoded } from './markdown-table';
import type { SourceTree } from './source-tree';

const rulesFolder = 'ops/prometheus/rules/';
const testsFolder = 'ops/prometheus/tests/';
const runbooksFolder = 'docs/runbooks/';
const metricsPage = 'docs/metrics.md';
const configurationPage = 'docs/configuration.md';

const ruleFile = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string().optional(),
          record: z.string().optional(),
          expr: z.string(),
          labels: z.record(z.string(), z.string()).optional(),
          annotations: z.record(z.string(), z.string()).optional(),
        }),
      ),
    }),
  ),
});
type Rule = z.infer<typeof ruleFile>['groups'][number]['rules'][number];

const testFile = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
});

const drillsFile = 'ops/alert-drills.yaml';

const drillsSchema = z.object({
  drills: z.array(z.object({ break: z.string(), pages: z.array(z.string()) })),
  undrilled: z.array(z.object({ why: z.string().min(1), alerts: z.array(z.string()) })),
});

const sections = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'Escalation'];
const annotations = ['summary', 'look', 'runbook_url', 'dashboard'];
/** Quiet cases that each alert is tested in: not yet, when all is well, and where something is absent on purpose. */
const quietCases = 3;

const within = (tree: SourceTree, folder: string, extension: string): readonly string[] =>
  tree.paths.filter((path) => path.startsWith(folder) && path.endsWith(extension));

export const rulesOf = (tree: SourceTree): readonly Rule[] =>
  within(tree, rulesFolder, '.yaml').flatMap((path) =>
    ruleFile.parse(parse(tree.read(path))).groups.flatMap(({ rules }) => rules),
  );

/** The names of what an expression reads: not labels, strings, windows or functions. */
export function metricsOf(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const names = bare.matchAll(/\b[a-z_][a-z0-9_:]*\b(?!\s*\()/g);
  const words = new Set(['and', 'or', 'unless', 'by', 'on', 'without', 'ignoring', 'bool', 'offset']);
  return [...new Set([...names].map(([name]) => name))].filter((name) => !words.has(name));
}

/** A histogram's series carry its name and an ending. */
const familyOf = (name: string, known: ReadonlySet<string>): string => {
  const family = name.replace(/_(bucket|sum|count)$/, '');
  return known.has(family) ? family : name;
};

export function unknownMetrics(
  where: string,
  expression: string,
  known: ReadonlySet<string>,
): readonly string[] {
  return metricsOf(expression)
    .filter((name) => !known.has(familyOf(name, known)))
    .map((name) => `${where} reads ${name}, which no service exports (${metricsPage})`);
}

function testFaults(tree: SourceTree, names: readonly string[]): readonly string[] {
  const cases = within(tree, testsFolder, '.yaml').flatMap((path) =>
    testFile.parse(parse(tree.read(path))).tests.flatMap((test) => test.alert_rule_test),
  );
  const strangers = new Set(cases.map(({ alertname }) => alertname).filter((name) => !names.includes(name)));
  return [
    ...names.flatMap((name) => {
      const own = cases.filter(({ alertname }) => alertname === name);
      const quiet = own.filter(({ exp_alerts }) => exp_alerts.length === 0).length;
      return [
        ...(own.length > quiet ? [] : [`${name} is never tested to fire`]),
        ...(quiet >= quietCases
          ? []
          : [`${name} is tested to be silent in ${quiet} cases, not ${quietCases}`]),
      ];
    }),
    ...[...strangers].map((name) => `${testsFolder} tests ${name}, which is no alert`),
  ];
}

function runbookFaults(tree: SourceTree, name: string, known: ReadonlySet<string>): readonly string[] {
  const path = `${runbooksFolder}${name}.md`;
  if (!tree.paths.includes(path)) return [`${name} has no runbook: write ${path}`];
  const text = tree.read(path);
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  const queries = [...text.matchAll(/^```promql\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
    block.split('\n').filter((line) => line !== ''),
  );
  const settings = new Set(text.match(/\bLUMINA_[A-Z_]*[A-Z]\b/g) ?? []);
  const documented = tree.paths.includes(configurationPage) ? tree.read(configurationPage) : '';
  return [
    ...(headings.join() === sections.join() ? [] : [`${path} needs the sections ${sections.join(', ')}`]),
    ...(/^```sh runnable$/m.test(text) ? [] : [`${path} needs commands that can be run (\`\`\`sh runnable)`]),
    ...queries.flatMap((query) => unknownMetrics(path, query, known)),
    ...[...settings]
      .filter((setting) => !given.has(setting) && !documented.includes(`\`${setting}\``))
      .map((setting) => `${path} speaks of ${setting}, which ${configurationPage} does not know`),
  ];
}

/** What whoever follows a runbook sets: docs/runbooks/README.md. */
const given = new Set(['LUMINA_URL', 'LUMINA_KEY']);

/** Every alert is raised by a drill, or it stands there why not; never both. */
function drillFaults(tree: SourceTree, names: readonly string[]): readonly string[] {
  if (!tree.paths.includes(drillsFile)) return [`${drillsFile} is missing`];
  const { drills, undrilled } = drillsSchema.parse(parse(tree.read(drillsFile)));
  const drilled = drills.flatMap(({ pages }) => pages);
  const explained = undrilled.flatMap(({ alerts }) => alerts);
  const named = [...drilled, ...explained];
  return [
    ...names
      .filter((name) => !named.includes(name))
      .map((name) => `${name} is raised by no drill: say in ${drillsFile} which, or why not`),
    ...drilled
      .filter((name) => explained.includes(name))
      .map((name) => `${name} is drilled: ${drillsFile} need not say why not`),
    ...named
      .filter((name) => !names.includes(name))
      .map((name) => `${drillsFile} names ${name}, which is no alert`),
  ];
}

/** What services export, what rules record, and what Prometheus says of a target itself. */
export function knownMetrics(tree: SourceTree): ReadonlySet<string> {
  const exported = rowsBelow('metric', tree.read(metricsPage)).map(({ cells }) => uncoded(cells[0] ?? ''));
  const recorded = rulesOf(tree).flatMap(({ record }) => record ?? []);
  return new Set([...exported, ...recorded, 'up']);
}

function alertFaults({ alert = '', labels = {}, annotations: told = {} }: Rule): readonly string[] {
  const missing = annotations.filter((annotation) => (told[annotation] ?? '') === '');
  return [
    ...missing.map((annotation) => `${alert} lacks the annotation ${annotation}`),
    ...(labels['severity'] === undefined ? [`${alert} has no severity`] : []),
    ...(told['runbook_url']?.endsWith(`/${alert}.md`) === false
      ? [`${alert} links another runbook: ${told['runbook_url']}`]
      : []),
  ];
}

/** Every alert has its runbook, its tests and metrics that exist; and there are no others. */
export function signalFaults(tree: SourceTree): readonly string[] {
  const rules = rulesOf(tree);
  const alerts = rules.filter(({ alert }) => alert !== undefined);
  const names = alerts.map(({ alert = '' }) => alert);
  if (names.length === 0) return [`${rulesFolder} holds no alerts`];
  if (!tree.paths.includes(metricsPage)) return [`${metricsPage} is missing`];
  const known = knownMetrics(tree);
  const runbooks = within(tree, runbooksFolder, '.md').map((path) => path.slice(runbooksFolder.length, -3));
  return [
    ...alerts.flatMap(alertFaults),
    ...rules.flatMap(({ alert, record, expr }) => unknownMetrics(alert ?? record ?? '', expr, known)),
    ...testFaults(tree, names),
    ...drillFaults(tree, names),
    ...names.flatMap((name) => runbookFaults(tree, name, known)),
    ...runbooks
      .filter((name) => name !== 'README' && !names.includes(name))
      .map((name) => `${runbooksFolder}${name}.md is about no alert: remove it`),
  ];
}

export const signals: Check = {
  name: 'alerts have runbooks, tests, drills and metrics that exist',
  faults: signalFaults,
};
