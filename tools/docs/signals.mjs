// Writes what Prometheus and Alertmanager read (ops/) from tools/signals, and docs/metrics.md from what services register; or checks that
// all of it is up to date.
//
// Usage: node tools/docs/signals.mjs [--write]     without --write: exit 1 if a file differs
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
execFileSync(process.execPath, [resolve(root, 'tools/build/build.mjs')], { cwd: root, stdio: 'inherit' });
const require = createRequire(import.meta.url);
const { alertTables, alerts, signalFiles } = require(resolve(root, 'dist/tools/signals/src/index.js'));
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

const files = Object.entries(signalFiles()).map(([name, text]) => [`ops/${name}`, text]);
files.push(await metricsPage(), await alertsPage());
for (const [name, text] of files) {
  const path = resolve(root, name);
  if (process.argv.includes('--write')) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
    console.error(`${name} is not what the code says: node tools/docs/signals.mjs --write`);
    process.exitCode = 1;
  }
}
