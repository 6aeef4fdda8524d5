import { describe, expect, it } from '@jest/globals';
import { alerts } from '../alerts';
import { signalFiles } from '../files';
import { dashboards, panelOf, panelsOf } from './index';

const panels = dashboards.flatMap(panelsOf);

interface File {
  readonly uid: string;
  readonly panels: readonly {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  }[];
}
const fileOf = (name: string): File =>
  JSON.parse(signalFiles()[`grafana/dashboards/lumina-${name}.json`] ?? '{}') as File;

describe('dashboards', () => {
  it('are the six that were promised', () => {
    expect(dashboards.map(({ name }) => name)).toEqual(
      'application tools llm quality infrastructure business'.split(' '),
    );
  });

  it('show each alert on one panel, and no alert that there is not', () => {
    const shown = panels.flatMap(({ panel }) => panel.alerts ?? []);
    expect(shown.toSorted()).toEqual(alerts.map(({ name }) => name).toSorted());
  });

  it('have the panels that alerts tell their readers to look at', () => {
    const titles = new Set(panels.map(({ panel }) => panel.title));
    const named = alerts.flatMap(({ look }) =>
      [...look.matchAll(/panels? "([^"]+)"(?: and "([^"]+)")?/g)].flatMap(([, one, other]) => [one, other]),
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((title) => title !== undefined && !titles.has(title))).toEqual([]);
  });

  it.each(dashboards)('$name: says each title once, and what to read in it', (dashboard) => {
    const own = panelsOf(dashboard).map(({ panel }) => panel);
    expect(new Set(own.map(({ title }) => title)).size).toBe(own.length);
    expect(own.every(({ says, queries }) => says.length > 5 && queries.length > 0)).toBe(true);
  });

  it.each(dashboards)('$name: no panel lies on another, and links lead to it', (dashboard) => {
    const { panels: placed } = fileOf(dashboard.name);
    const squares = placed.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_none, square) => `${x + (square % w)},${y + Math.floor(square / w)}`),
    );
    expect(new Set(squares).size).toBe(squares.length);
    expect(Math.max(...placed.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
    const ids = new Map(placed.map(({ id, title }) => [id, title]));
    expect(ids.size).toBe(placed.length);
    for (const { panel, id } of panelsOf(dashboard)) expect(ids.get(id)).toBe(panel.title);
  });

  it('lead from an alert to its panel', () => {
    const { dashboard, id } = panelOf('LuminaErrorRateHigh');
    const rules = signalFiles()['prometheus/rules/runs.yaml'] ?? '';
    expect(rules).toContain(`dashboard: /d/lumina-${dashboard.name}?viewPanel=${id}&from=now-3h&to=now`);
    expect(() => panelOf('LuminaNobody')).toThrow('no panel shows LuminaNobody');
  });

  it('know no installation: whoever looks chooses the Prometheus', () => {
    const text = Object.entries(signalFiles()).filter(([name]) => name.startsWith('grafana/'));
    expect(text).toHaveLength(dashboards.length);
    for (const [, json] of text)
      expect(new Set(json.match(/"uid": "[^"]+"/g))).toContain('"uid": "${datasource}"');
  });
});
