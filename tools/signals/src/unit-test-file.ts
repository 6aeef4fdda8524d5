import type { Alert, QuietCase, Series } from './alerts/alert';
import type { Places } from './places';
import { annotationsOf, labelsOf } from './rule-file';

const usualInterval = '15s';

const inputOf = (series: Series) =>
  Object.entries(series).map(([name, values]) => ({ series: name, values }));

/** What Prometheus makes of a template of ours: labels are put in, and the value is what the case says. */
function rendered(text: string, labels: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_all, name: string) => labels[name] ?? '');
}

function firing(alert: Alert, places: Places) {
  const { interval = usualInterval, series, notYet, at, labels = {}, now } = alert.cases.fires;
  const annotations: Record<string, string> = {};
  for (const [name, text] of Object.entries(annotationsOf(alert, places)))
    annotations[name] = name === 'now' ? (now ?? '') : rendered(text, labels);
  return {
    name: `${alert.name} fires, and not before its time`,
    interval,
    input_series: inputOf(series),
    alert_rule_test: [
      { eval_time: notYet, alertname: alert.name, exp_alerts: [] },
      {
        eval_time: at,
        alertname: alert.name,
        exp_alerts: [{ exp_labels: { ...labelsOf(alert), ...labels }, exp_annotations: annotations }],
      },
    ],
  };
}

function quiet(alert: Alert, { interval = usualInterval, what, series, at }: QuietCase) {
  return {
    name: `${alert.name} does not fire: ${what}`,
    interval,
    input_series: inputOf(series),
    alert_rule_test: [{ eval_time: at, alertname: alert.name, exp_alerts: [] }],
  };
}

/** Four cases an alert, as promtool takes them. `ruleFile` is relative to where the file will stand. */
export function unitTests(alerts: readonly Alert[], ruleFile: string, places: Places) {
  return {
    rule_files: [ruleFile],
    evaluation_interval: usualInterval,
    tests: alerts.flatMap((alert) => [
      firing(alert, places),
      quiet(alert, alert.cases.healthy),
      quiet(alert, alert.cases.absent),
    ]),
  };
}
