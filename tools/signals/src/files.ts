import { alertmanagerConfig } from './alertmanager-file';
import { alerts } from './alerts';
import { type Alert, areas } from './alerts/alert';
import { dashboards, uidOf } from './dashboards';
import { dashboardFile } from './dashboards/dashboard-file';
import { type Places, usualPlaces } from './places';
import { alertGroup, recordingGroup, yamlOf } from './rule-file';
import { burnAlertsOf } from './slos/burn-alerts';
import { type Slo, slos } from './slos/slos';
import { unitTests } from './unit-test-file';

type NamedFiles = readonly (readonly [path: string, text: string])[];

const isBurn = ({ name }: Alert): boolean =>
  slos.some((slo) => burnAlertsOf(slo).some((one) => one.name === name));

function areaFiles(area: Alert['area'], places: Places): NamedFiles {
  const ofArea = alerts.filter((alert) => alert.area === area && !isBurn(alert));
  const tests = unitTests(ofArea, `../rules/${area}.yaml`, places);
  return [
    [`rules/${area}.yaml`, yamlOf(`Alerts: ${area}.`, { groups: [alertGroup(area, ofArea, { places })] })],
    [`tests/${area}.yaml`, yamlOf(`Tests of the alerts: ${area}.`, tests)],
  ];
}

/** Alerts about budgets read hours of recorded series, and are tested in wider steps. */
function sloFiles(slo: Slo, places: Places): NamedFiles {
  const name = `slo-${slo.name}`;
  const burns = burnAlertsOf(slo);
  const rules = { groups: [recordingGroup(slo), alertGroup(name, burns, { places })] };
  const tests = { ...unitTests(burns, `../rules/${name}.yaml`, places), evaluation_interval: '5m' };
  return [
    [`rules/${name}.yaml`, yamlOf(`Service level: ${slo.name} ${slo.promise}.`, rules)],
    [`tests/${name}.yaml`, yamlOf(`Tests of the alerts about the service level ${slo.name}.`, tests)],
  ];
}

/** Everything that Prometheus, Alertmanager and Grafana read, by its path below `ops/`. */
export function signalFiles(places: Places = usualPlaces): Readonly<Record<string, string>> {
  const files = [
    ...slos.flatMap((slo) => sloFiles(slo, places)),
    ...areas.flatMap((area) => areaFiles(area, places)),
  ];
  const routes = yamlOf('Who is told what, and what silences what.', alertmanagerConfig(alerts));
  return {
    ...Object.fromEntries(files.map(([path, text]) => [`prometheus/${path}`, text])),
    'alertmanager/alertmanager.yaml': routes,
    ...Object.fromEntries(
      dashboards.map((dashboard) => [
        `grafana/dashboards/${uidOf(dashboard)}.json`,
        dashboardFile(dashboard),
      ]),
    ),
  };
}
