import type { Dashboard, Panel, Unit } from './dashboard';
import { columns, placesOf } from './panel-places';
import { uidOf } from './index';

/** What Prometheus answers for one line of a panel: seconds since the epoch, and values. */
export interface Line {
  readonly legend: string;
  readonly points: readonly (readonly [atSeconds: number, value: number])[];
}

export interface Sight {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly linesOf: (panel: Panel) => readonly Line[];
}

const unitWidth = 44;
const unitHeight = 26;
const margin = 8;
/** Of a panel: above its lines, below them, and beside them for numbers. */
const inner = { top: 30, bottom: 34, left: 52, right: 12 } as const;
const colours = ['#3274d9', '#e0752d', '#56a64b', '#a352cc', '#c4162a', '#8f3bb8'];
const shownLines = colours.length;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const scaled = (value: number, steps: readonly string[], base: number): string => {
  const power = Math.min(
    steps.length - 1,
    Math.max(0, Math.floor(Math.log(Math.max(value, 1)) / Math.log(base))),
  );
  return `${Number((value / base ** power).toPrecision(3))} ${steps[power] ?? ''}`.trim();
};

/** A number as an axis has it. */
export function written(value: number, unit: Unit): string {
  switch (unit) {
    case 's':
      return value < 1 ? `${Number((value * 1_000).toPrecision(3))} ms` : `${Number(value.toPrecision(3))} s`;
    case 'bytes':
      return scaled(value, ['B', 'KiB', 'MiB', 'GiB'], 1_024);
    case 'percentunit':
      return `${Number((value * 100).toPrecision(3))} %`;
    case 'currencyUSD':
      return `$${Number(value.toPrecision(3))}`;
    case 'bool_yes_no':
      return value === 0 ? 'no' : 'yes';
    default:
      return scaled(value, ['', 'k', 'M'], 1_000);
  }
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const text = (x: number, y: number, words: string, style = ''): string =>
  `<text x="${x}" y="${y}"${style}>${escaped(words)}</text>`;

const last = ({ points }: Line): number => points.at(-1)?.[1] ?? 0;

function graph(panel: Panel, lines: readonly Line[], { fromSeconds, toSeconds }: Sight, box: Box): string {
  const { x, y, w, h } = box;
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const isYesOrNo = panel.unit === 'bool_yes_no';
  const most = isYesOrNo ? 1 : Math.max(...values, 0) * 1.1 || 1;
  const floor = y + h - inner.bottom;
  const right = x + w - inner.right;
  const left = x + inner.left;
  const across = (at: number): number =>
    left + ((at - fromSeconds) / (toSeconds - fromSeconds)) * (right - left);
  const up = (value: number): number => floor - (value / most) * (h - inner.top - inner.bottom);
  const limit = panel.limit !== undefined && panel.limit <= most ? up(panel.limit).toFixed(0) : undefined;
  return [
    ...(isYesOrNo ? [0, 1] : [0, most / 2, most]).map((value) =>
      [
        `<path class="grid" d="M${left} ${up(value).toFixed(0)}H${right}"/>`,
        text(left - 5, Math.round(up(value)) + 4, written(value, panel.unit), ' class="axis"'),
      ].join(''),
    ),
    ...lines.map(({ points }, index) => {
      const path = points.map(([at, value]) => `${across(at).toFixed(0)} ${up(value).toFixed(1)}`).join('L');
      return path === '' ? '' : `<path class="line" stroke="${colours[index] ?? ''}" d="M${path}"/>`;
    }),
    ...(limit === undefined ? [] : [`<path class="limit" d="M${left} ${limit}H${right}"/>`]),
    ...legend(lines, box),
  ].join('\n');
}

/** As many names as fit in one row. */
function legend(lines: readonly Line[], { x, y, w, h }: Box): readonly string[] {
  const widest = Math.floor((w - 2 * margin) / Math.max(1, lines.length));
  return lines.map(({ legend: name }, index) => {
    const at = x + margin + index * widest;
    const words = name.slice(0, Math.max(4, Math.floor(widest / 6.5) - 3));
    const dot = `<rect x="${at}" y="${y + h - 17}" width="8" height="8" fill="${colours[index] ?? ''}"/>`;
    return `${dot}${text(at + 12, y + h - 9, words, ' class="legend"')}`;
  });
}

const glance = (panel: Panel, lines: readonly Line[], { x, y, w, h }: Box): string => {
  const [first] = lines;
  const number = first === undefined ? '–' : written(last(first), panel.unit);
  return text(x + w / 2, y + h / 2 + 20, number, ' class="glance"');
};

function panelPicture(panel: Panel, sight: Sight, box: Box): string {
  const lines = [...sight.linesOf(panel)].toSorted((a, b) => last(b) - last(a)).slice(0, shownLines);
  const { x, y, w, h } = box;
  return [
    `<rect class="panel" x="${x}" y="${y}" width="${w}" height="${h}" rx="3"/>`,
    text(x + margin, y + 18, panel.title, ' class="title"'),
    panel.isGlance === true
      ? glance(panel, lines, box)
      : lines.length === 0
        ? text(x + w / 2, y + h / 2, 'no data', ' class="none"')
        : graph(panel, lines, sight, box),
  ].join('\n');
}

const style = `text{font:12px sans-serif;fill:#222}.page{fill:#f4f5f5}.panel{fill:#fff;stroke:#ddd}.title{font-weight:bold}
.row{font-size:14px;font-weight:bold}.grid{stroke:#eee}.axis{text-anchor:end;font-size:10px;fill:#666}.legend{font-size:10px}
.line{fill:none;stroke-width:1.5}.limit{stroke:#c4162a;stroke-dasharray:6 4}.glance{font-size:28px;text-anchor:middle}.none{text-anchor:middle;fill:#999}`;

/** A dashboard as Grafana would lay it out, with what Prometheus answered, as SVG. */
export function dashboardPicture(dashboard: Dashboard, sight: Sight): string {
  const { headings, at, height } = placesOf(dashboard);
  const width = columns * unitWidth + margin;
  const tall = height * unitHeight + margin;
  const rows = dashboard.rows.map(({ title }, index) =>
    text(margin, (headings[index] ?? 0) * unitHeight + 19, title, ' class="row"'),
  );
  const panels = [...at].map(([panel, { x, y, w, h }]) =>
    panelPicture(panel, sight, {
      ...{ x: x * unitWidth + margin, y: y * unitHeight + margin / 2 },
      ...{ w: w * unitWidth - margin, h: h * unitHeight - margin },
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${tall}" role="img" aria-labelledby="${uidOf(dashboard)}">
<title id="${uidOf(dashboard)}">${escaped(dashboard.title)}</title>
<style>${style}</style>
<rect class="page" width="${width}" height="${tall}"/>
${[...rows, ...panels].join('\n')}
</svg>
`;
}
