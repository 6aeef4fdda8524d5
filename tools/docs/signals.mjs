// Writes what Prometheus, Alertmanager and Grafana read (ops/) from tools/signals, and docs/metrics.md from what services register; or
// checks that all of it is up to date.
//
// Usage: node tools/docs/signals.mjs [--write]     without --write: exit 1 if a file differs
//        node tools/docs/signals.mjs --out FOLDER [--runbooks URL] [--dashboards URL]
//          writes what ops/ holds into FOLDER, with the addresses of an installation: what stands before /<Alert>.md and before /<dashboard>
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
execFileSync(process.execPath, [resolve(root, 'tools/build/build.mjs')], { cwd: root, stdio: 'inherit' });
const require = createRequire(import.meta.url);
const { alertTables, alerts, dashboardTables, signalFiles, usualPlaces } = require(
  resolve(root, 'dist/tools/signals/src/index.js'),
);
const { values: asked } = parseArgs({
  options: {
    write: { type: 'boolean' },
    ...{ out: { type: 'string' }, runbooks: { type: 'string' }, dashboards: { type: 'string' } },
  },
});
const run = promisify(execFile);

const services = ['gateway', 'agent-orchestrator', 'tool-executor', 'health'];
const part = (page, name) => readFileSync(resolve(root, `tools/docs/${page}.${name}.md`), 'utf8').trimEnd();

async function formatted(name, parts) {
  const path = resolve(root, name);
  return [name, await format(parts.join('\n'), { ...(await resolveConfig(path)), parser: 'markdown' })];
}

function alertsPage() {
  const { drills } = parse(readFileSync(resolve(root, 'ops/alert-drills.yaml'), 'utf8'));
  const drilledBy = drills.flatMap(({ break: what, pages }) => pages.map((page) => [page, what]));
  const tables = alertTables(alerts, Object.fromEntries(drilledBy));
  return formatted('docs/alerts.md', [
    ...[part('alerts', 'head'), '', tables.slos, '', '## All alerts', '', tables.alerts, ''],
    ...[part('alerts', 'tail'), ''],
  ]);
}

const cell = (text) => String(text).replaceAll('|', '\\|');

async function metricsPage() {
  const program = resolve(root, 'tools/docs/metrics-of-service.mjs');
  const told = await Promise.all(services.map((service) => run(process.execPath, [program, service])));
  const rows = new Map();
  for (const metric of told.flatMap(({ stdout }) => JSON.parse(stdout))) {
    const row = rows.get(metric.name) ?? { ...metric, services: [] };
    row.services.push(metric.service);
    rows.set(metric.name, row);
  }
  const table = (wanted) =>
    [...rows.values()]
      .filter(({ name }) => name.startsWith('lumina_') === wanted)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, type, labelNames, services: of, help }) => {
        const labels = labelNames.map((label) => `\`${label}\``).join(', ');
        const by = of.length === services.length ? 'all' : of.join(', ');
        return `| ${[`\`${name}\``, type, labels, by, help].map(cell).join(' | ')} |`;
      });
  const heading = ['| metric | type | labels | of | meaning |', '| --- | --- | --- | --- | --- |'];
  return formatted('docs/metrics.md', [
    ...[part('metrics', 'head'), '', '## Ours', '', ...heading, ...table(true), ''],
    ...['## Of the process', '', ...heading, ...table(false), '', part('metrics', 'tail'), ''],
  ]);
}

const dashboardsPage = () =>
  formatted('docs/dashboards.md', [part('dashboards', 'head'), '', dashboardTables(), '']);

function save(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

async function repository() {
  const made = Object.entries(signalFiles()).map(([name, text]) => [`ops/${name}`, text]);
  const files = [...made, await metricsPage(), await alertsPage(), await dashboardsPage()];
  for (const [name, text] of files) {
    const path = resolve(root, name);
    if (asked.write) save(path, text);
    else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
      console.error(`${name} is not what the code says: node tools/docs/signals.mjs --write`);
      process.exitCode = 1;
    }
  }
}

function installation(folder) {
  const { runbooks = usualPlaces.runbooks, dashboards = usualPlaces.dashboards } = asked;
  for (const [name, text] of Object.entries(signalFiles({ runbooks, dashboards })))
    save(resolve(folder, name), text);
}

if (asked.out === undefined) await repository();
else installation(asked.out);
