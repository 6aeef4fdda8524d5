import { describe, expect, it } from '@jest/globals';
import type { Panel } from './dashboard';
import { dashboards, panelsOf } from './index';
import { type Line, dashboardPicture, written } from './picture';

const line = (legend: string, ...values: readonly number[]): Line => ({
  legend,
  points: values.map((value, index) => [100 + index * 50, value] as const),
});
const sight = (linesOf: (panel: Panel) => readonly Line[]) => ({ fromSeconds: 100, toSeconds: 200, linesOf });
const count = (text: string, part: string): number => text.split(part).length - 1;

describe('the picture of a dashboard', () => {
  it.each(dashboards)('$name: has each panel once, and no number that is none', (dashboard) => {
    const drawn = dashboardPicture(
      dashboard,
      sight(() => [line('a', 0, 1, 2), line('b', 0, 0, 0)]),
    );
    for (const { panel } of panelsOf(dashboard))
      expect([panel.title, count(drawn, `class="title">${panel.title}<`)]).toEqual([panel.title, 1]);
    const graphs = panelsOf(dashboard).filter(({ panel }) => panel.isGlance !== true);
    expect(count(drawn, 'class="line"')).toBe(2 * graphs.length);
    expect(drawn).not.toMatch(/NaN|Infinity|undefined/);
  });

  const [application] = dashboards;
  const graphsOf = (text: string): readonly string[] => text.match(/class="line"[^>]*/g) ?? [];

  it('says where there is nothing to see', () => {
    if (application === undefined) throw new Error('there is no dashboard');
    const drawn = dashboardPicture(
      application,
      sight(() => []),
    );
    expect(count(drawn, '>no data<')).toBe(panelsOf(application).length);
    expect(graphsOf(drawn)).toEqual([]);
  });

  it('draws a line from left to right and upwards, and the six largest at most', () => {
    if (application === undefined) throw new Error('there is no dashboard');
    const only = (panel: Panel): readonly Line[] =>
      panel.title === 'Errors' ? [...Array(9).keys()].map((each) => line(`<${each}>`, 0, each)) : [];
    const drawn = dashboardPicture(application, sight(only));
    expect(graphsOf(drawn)).toHaveLength(6);
    const [x = 0, y = 0, toX = 0, toY = 0] = (
      graphsOf(drawn)[0]
        ?.split(' d=')[1]
        ?.match(/[\d.]+/g) ?? []
    ).map(Number);
    expect([toX > x, toY < y]).toEqual([true, true]);
    expect(drawn).toContain('&lt;8&gt;');
    expect(drawn).not.toContain('&lt;2&gt;');
    expect(count(drawn, 'class="limit"')).toBe(1);
  });
});

describe('a number at an axis', () => {
  it.each([
    [0.25, 's', '250 ms'],
    [12.345, 's', '12.3 s'],
    [1_572_864, 'bytes', '1.5 MiB'],
    [0.0123, 'percentunit', '1.23 %'],
    [3.5, 'currencyUSD', '$3.5'],
    [1, 'bool_yes_no', 'yes'],
    [12_345, 'short', '12.3 k'],
    [0.5, 'ops', '0.5'],
  ] as const)('%d %s', (value, unit, text) => {
    expect(written(value, unit)).toBe(text);
  });
});
