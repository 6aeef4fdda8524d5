import { type Alert, areas } from './alerts/alert';
import { slos } from './slos/slos';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

const alertRow = ({ name, severity, for: wait, summary }: Alert, drilledBy: string): string =>
  `| [${name}](runbooks/${name}.md) | ${severity} | ${wait === '0s' ? 'at once' : wait} | ${cell(withoutTemplates(summary))} | ${drilledBy} |`;

/** `{{ $labels.tool }}` → `<tool>`. */
const withoutTemplates = (text: string): string =>
  text.replaceAll(/`?\{\{ \$labels\.(\w+) \}\}`?/g, '`<$1>`');

const titles: Readonly<Record<Alert['area'], string>> = {
  runs: 'Runs and requests',
  store: 'The run store',
  processes: 'Processes',
  models: 'Models',
  tools: 'Tools',
  security: 'Security',
  watch: 'Alerting itself',
};

const sloRow = ({ name, objective, subject, promise, leastBad, pages }: (typeof slos)[number]): string =>
  `| ${name} | ${Number((objective * 100).toPrecision(6))} % | ${subject} ${promise} | ${leastBad} | ${pages ? 'yes' : 'no'} |`;

/** The tables of docs/alerts.md. `drilledBy`: by the alert's name, what a drill breaks to raise it. */
export function alertTables(
  alerts: readonly Alert[],
  drilledBy: Readonly<Record<string, string>>,
): { readonly slos: string; readonly alerts: string } {
  return {
    slos: [
      '| service level | of all | what is promised | least bad events | pages |',
      '| --- | --- | --- | --- | --- |',
      ...slos.map(sloRow),
    ].join('\n'),
    alerts: areas
      .map((area) =>
        [
          `### ${titles[area]}`,
          '',
          '| alert | severity | after | says | drilled by |',
          '| --- | --- | --- | --- | --- |',
          ...alerts
            .filter((alert) => alert.area === area)
            .map((alert) => alertRow(alert, drilledBy[alert.name] ?? '')),
        ].join('\n'),
      )
      .join('\n\n'),
  };
}
