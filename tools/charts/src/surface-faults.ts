import {
  type KubernetesObject,
  type PodPlan,
  at,
  listAt,
  nameOf,
  podPlansOf,
  textAt,
} from './kubernetes-object';
import type { SettingsOfServices } from './chart-files';
import { fixed, unsettable } from './chart-files';

/** What a running service has: as the code says, or as one was asked. */
export interface Surface {
  readonly settings: SettingsOfServices;
  /** Paths that a service answers on its own port. */
  readonly probes: readonly string[];
  /** Names of all metrics; `docs/metrics.md`, which is made of what services register. */
  readonly metrics: ReadonlySet<string>;
}

const component = ({ labels }: PodPlan): string => labels['app.kubernetes.io/component'] ?? '';
const isOurs = ({ labels }: PodPlan): boolean => labels['app.kubernetes.io/name'] === 'lumina';

/** The variable's name; a secret comes as a file. */
function readName(name: string, settings: SettingsOfServices[string]): string {
  const bare = name.replace(/_FILE$/, '');
  return settings.some((setting) => setting.isSecret && setting.name === bare) ? bare : name;
}

/** Every variable that a container is given is one that its service reads, once, and those that it must have are there. */
function variableFaults(plan: PodPlan, surface: Surface): readonly string[] {
  const settings = surface.settings[component(plan)];
  if (settings === undefined) return [];
  const given = listAt(plan.containers[0], 'env').map((variable) => textAt(variable, 'name'));
  const names = given.map((name) => readName(name, settings));
  const needed = [
    'LUMINA_HOST',
    'PORT',
    ...settings.filter(({ isRequired }) => isRequired === true).map(({ name }) => name),
  ];
  return [
    ...names
      .filter((name) => !settings.some((setting) => setting.name === name) || name in unsettable)
      .map((name) => `${nameOf(plan.of)}: the service does not read ${name}`),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `${nameOf(plan.of)}: ${name} is given twice`),
    ...needed.filter((name) => !names.includes(name)).map((name) => `${nameOf(plan.of)}: lacks ${name}`),
  ];
}

/** The port that the service is told to listen on is the one that is exposed and probed. */
function portFaults(plan: PodPlan, surface: Surface): readonly string[] {
  const [container] = plan.containers;
  const told = listAt(container, 'env').find((variable) => textAt(variable, 'name') === 'PORT');
  const ports = listAt(container, 'ports');
  const probes = ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((kind) => {
    const probe = at(container, kind);
    return probe === undefined
      ? []
      : [{ kind, path: textAt(probe, 'httpGet', 'path'), port: textAt(probe, 'httpGet', 'port') }];
  });
  const portNames = ports.map((port) => textAt(port, 'name'));
  const isToldAnother =
    told !== undefined && ports.some((port) => textAt(port, 'containerPort') !== textAt(told, 'value'));
  return [
    ...(isToldAnother ? [`${nameOf(plan.of)}: exposes a port that it is not told to listen on`] : []),
    ...probes
      .filter(({ path, port }) => !surface.probes.includes(path) || !portNames.includes(port))
      .map(
        ({ kind, path, port }) => `${nameOf(plan.of)}: ${kind} asks ${path} on ${port}, which is not there`,
      ),
    ...probes
      .filter(({ kind, path }) => kind !== 'readinessProbe' && path !== '/health/live')
      .map(({ kind }) => `${nameOf(plan.of)}: ${kind} depends on more than the process`),
    ...(component(plan) in surface.settings && probes.length < 3
      ? [`${nameOf(plan.of)}: lacks a probe`]
      : []),
  ];
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function drainMs(plan: PodPlan): number {
  const told = listAt(plan.containers[0], 'env').find(
    (variable) => textAt(variable, 'name') === 'LUMINA_DRAIN_TIMEOUT',
  );
  const match = /^([\d.]+)\s*([a-z]*)$/.exec(told === undefined ? '20s' : textAt(told, 'value'));
  return Number(match?.[1]) * (unitsMs[match?.[2] === '' ? 'ms' : (match?.[2] ?? '')] ?? Number.NaN);
}

/** A pod is not killed while it drains: the pause before, the drain and its last second fit into its grace. */
function graceFaults(plan: PodPlan, surface: Surface): readonly string[] {
  if (!(component(plan) in surface.settings)) return [];
  const pauseMs = 1_000 * Number(at(plan.containers[0], 'lifecycle', 'preStop', 'sleep', 'seconds') ?? 0);
  const graceMs = 1_000 * Number(at(plan.spec, 'terminationGracePeriodSeconds'));
  return graceMs >= pauseMs + drainMs(plan) + 3_000
    ? []
    : [`${nameOf(plan.of)}: is killed before it has drained`];
}

/** Series that our adapter's rules make of a metric: k8s/prometheus-adapter. */
const adapted: Readonly<Record<string, string>> = {
  lumina_requests_per_second: 'lumina_requests_total',
  lumina_queue_jobs_waiting: 'lumina_queue_jobs',
};

function metricFaults(objects: readonly KubernetesObject[], { metrics }: Surface): readonly string[] {
  return objects.flatMap((object) => {
    const named = listAt(object, 'spec', 'metrics').flatMap((metric) => [
      textAt(metric, 'pods', 'metric', 'name'),
      textAt(metric, 'external', 'metric', 'name'),
    ]);
    const queried = listAt(object, 'spec', 'triggers').flatMap(
      (trigger) => textAt(trigger, 'metadata', 'query').match(/\blumina_\w+/g) ?? [],
    );
    const read = [...named.filter((name) => name !== '').map((name) => adapted[name] ?? name), ...queried];
    return read
      .filter((name) => !metrics.has(name))
      .map((name) => `${nameOf(object)}: scales by ${name}, which no service exports`);
  });
}

/** What the operator's labels would hide. */
const honorFaults = (objects: readonly KubernetesObject[]): readonly string[] =>
  objects
    .filter(({ kind }) => kind === 'ServiceMonitor')
    .filter((monitor) =>
      listAt(monitor, 'spec', 'endpoints').some(
        (one) => at(one, 'honorLabels') !== true || at(one, 'path') !== '/metrics',
      ),
    )
    .map((monitor) => `${nameOf(monitor)}: does not read /metrics with the services' own labels`);

/** Where the chart and the services disagree. */
export function surfaceFaults(objects: readonly KubernetesObject[], surface: Surface): readonly string[] {
  const pods = podPlansOf(objects).filter(isOurs);
  return [
    ...pods.flatMap((plan) => variableFaults(plan, surface)),
    ...pods.flatMap((plan) => portFaults(plan, surface)),
    ...pods.flatMap((plan) => graceFaults(plan, surface)),
    ...metricFaults(objects, surface),
    ...honorFaults(objects),
  ];
}

/** The other way round: settings that nobody can set through the chart. `schema` is values.schema.json. */
export function unsettableFaults(schema: unknown, settings: SettingsOfServices): readonly string[] {
  const open = [
    ...Object.keys(at(schema, 'properties', 'settings', 'properties') ?? {}),
    ...Object.keys(at(schema, 'properties', 'secrets', 'properties', 'existing', 'properties') ?? {}),
  ];
  const all = [...new Set(Object.values(settings).flatMap((own) => own.map(({ name }) => name)))];
  return [
    ...all
      .filter((name) => !open.includes(name) && !fixed.includes(name) && !(name in unsettable))
      .map((name) => `${name} cannot be set through the chart`),
    ...open.filter((name) => !all.includes(name)).map((name) => `no service reads ${name}`),
  ];
}
