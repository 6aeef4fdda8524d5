import { stringify } from 'yaml';
import type { Alert } from './alerts/alert';
import { type Places, dashboardUrl, runbookUrl } from './places';
import { badOf, ratioOf, windows } from './slos/burn-alerts';
import type { Slo } from './slos/slos';

export interface RuleFileOptions {
  readonly places: Places;
}

const head = (what: string): string =>
  `# ${what}\n# Made by tools/docs/signals.mjs from tools/signals. Edit that.\n`;

/** Lines as people write them: no folding, so that an expression can be copied. */
export const yamlOf = (what: string, value: unknown): string =>
  `${head(what)}${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })}`;

export function annotationsOf(alert: Alert, places: Places): Readonly<Record<string, string>> {
  const { summary, now, look } = alert;
  return {
    summary,
    ...(now === undefined ? {} : { now }),
    look,
    runbook_url: runbookUrl(alert, places),
    dashboard: dashboardUrl(alert, places),
  };
}

export const labelsOf = ({ severity, area }: Alert): Readonly<Record<string, string>> => ({ severity, area });

function alertRule(alert: Alert, { places }: RuleFileOptions) {
  const { name, expr } = alert;
  return {
    alert: name,
    expr,
    ...(alert.for === '0s' ? {} : { for: alert.for }),
    ...(alert.lingers === undefined ? {} : { keep_firing_for: alert.lingers }),
    labels: labelsOf(alert),
    annotations: annotationsOf(alert, places),
  };
}

export const alertGroup = (name: string, alerts: readonly Alert[], options: RuleFileOptions) => ({
  name: `lumina-${name}`,
  rules: alerts.map((alert) => alertRule(alert, options)),
});

const at = (expression: string, window: string): string => expression.replaceAll('[W]', `[${window}]`);

/** Shares of bad events, and how many there were, in each window. */
export const recordingGroup = ({ name, total, bad }: Slo) => ({
  name: `lumina-slo-${name}-recordings`,
  rules: windows.flatMap((window) => [
    { record: badOf(window), expr: at(bad, window), labels: { slo: name } },
    { record: ratioOf(window), expr: `${at(bad, window)} / ${at(total, window)}`, labels: { slo: name } },
  ]),
});
