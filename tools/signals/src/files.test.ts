import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { alertTables } from './alert-page';
import { alerts } from './alerts';
import { dashboardTables } from './dashboards/dashboard-page';
import { signalFiles } from './files';

const root = resolve(__dirname, '../../..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
const made = signalFiles();

const madeFolders = ['prometheus/rules', 'prometheus/tests', 'alertmanager', 'grafana/dashboards'];

/** Tables are padded by the formatter. */
const unpadded = (text: string): string =>
  text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---').replaceAll('\n\n', '\n');

describe('what stands under ops/, made by node tools/docs/signals.mjs --write', () => {
  it.each(Object.keys(made))('%s is what the code says', (name) => {
    expect(textOf(`ops/${name}`)).toBe(made[name]);
  });

  it('is nothing that the code does not make', () => {
    const there = madeFolders.flatMap((folder) =>
      readdirSync(join(root, 'ops', folder)).map((name) => `${folder}/${name}`),
    );
    expect(there.toSorted()).toEqual(Object.keys(made).toSorted());
  });

  it('and its pages say what the code says', () => {
    const { drills } = parse(textOf('ops/alert-drills.yaml')) as {
      readonly drills: readonly { readonly break: string; readonly pages: readonly string[] }[];
    };
    const drilledBy = drills.flatMap(({ break: what, pages }) => pages.map((page) => [page, what] as const));
    const tables = alertTables(alerts, Object.fromEntries(drilledBy));
    const page = unpadded(textOf('docs/alerts.md'));
    expect(page).toContain(unpadded(tables.slos));
    expect(page).toContain(unpadded(tables.alerts));
    expect(unpadded(textOf('docs/dashboards.md'))).toContain(unpadded(dashboardTables()));
  });

  it('leads elsewhere where an installation has its own places', () => {
    const files = signalFiles({
      runbooks: 'https://wiki.example/r',
      dashboards: 'https://grafana.example/d',
    });
    expect(files['prometheus/rules/watch.yaml']).toMatch(
      /runbook_url: https:\/\/wiki.example\/r\/LuminaWatchdog.md/,
    );
    expect(files['prometheus/rules/watch.yaml']).toMatch(/dashboard: https:\/\/grafana.example\/d\/lumina-/);
  });
});
