import { dashboards, panelsOf, uidOf } from './index';

const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (text: string): string => `\`${text}\``;

/** The part of docs/dashboards.md that lists what there is to see. */
export const dashboardTables = (): string =>
  dashboards
    .map((dashboard) =>
      [
        ...[
          `## ${dashboard.title.replace('Lumina: ', '').replace(/^./, (first) => first.toUpperCase())}`,
          '',
        ],
        ...[`${dashboard.says} (\`${uidOf(dashboard)}\`)`, ''],
        ...[`![What it shows](dashboards/${uidOf(dashboard)}.svg)`, ''],
        ...['| panel | shows | asks Prometheus | alerts that lead here |', '| --- | --- | --- | --- |'],
        ...panelsOf(dashboard).map(({ panel, id }) => {
          const asked = panel.queries.map(({ expr }) => code(cell(expr))).join('<br>');
          const alerts = (panel.alerts ?? []).map((alert) => `[${alert}](runbooks/${alert}.md)`).join(', ');
          return `| ${id}. ${panel.title} | ${cell(panel.says)} | ${asked} | ${alerts} |`;
        }),
      ].join('\n'),
    )
    .join('\n\n');
