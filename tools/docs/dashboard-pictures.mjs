// Draws the dashboards as they are in tools/signals/src/dashboards, with what a Prometheus has seen of a running Lumina, into docs/dashboards.
//
// Usage: node tools/docs/dashboard-pictures.mjs --prometheus URL [--minutes N]     N: how far back (default: 10)
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
execFileSync(process.execPath, [resolve(root, 'tools/build/build.mjs')], { cwd: root, stdio: 'inherit' });
const require = createRequire(import.meta.url);
const { dashboardPicture, dashboards, uidOf } = require(resolve(root, 'dist/tools/signals/src/index.js'));
const { values } = parseArgs({ options: { prometheus: { type: 'string' }, minutes: { type: 'string' } } });
if (values.prometheus === undefined) throw new Error('--prometheus must say where it is');

const toSeconds = Math.floor(Date.now() / 1_000);
const fromSeconds = toSeconds - Number(values.minutes ?? 10) * 60;
const points = 60;

async function linesOf({ expr, legend }) {
  const asked = new URLSearchParams({
    query: expr.replaceAll('$__rate_interval', '1m'),
    ...{ start: fromSeconds, end: toSeconds, step: (toSeconds - fromSeconds) / points },
  });
  const answer = await fetch(`${values.prometheus}/api/v1/query_range?${asked}`);
  const { data, error } = await answer.json();
  if (data === undefined) throw new Error(`${expr}: ${error}`);
  return data.result.map(({ metric, values: seen }) => ({
    legend: legend.replaceAll(/\{\{(\w+)\}\}/g, (_all, label) => metric[label] ?? ''),
    points: seen.map(([at, value]) => [at, Number(value)]).filter(([, value]) => Number.isFinite(value)),
  }));
}

const folder = resolve(root, 'docs/dashboards');
mkdirSync(folder, { recursive: true });
for (const dashboard of dashboards) {
  const lines = new Map();
  for (const panel of dashboard.rows.flatMap(({ panels }) => panels))
    lines.set(panel, (await Promise.all(panel.queries.map(linesOf))).flat());
  const sight = { fromSeconds, toSeconds, linesOf: (panel) => lines.get(panel) };
  writeFileSync(resolve(folder, `${uidOf(dashboard)}.svg`), dashboardPicture(dashboard, sight));
}
