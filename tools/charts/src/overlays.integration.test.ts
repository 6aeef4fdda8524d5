import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Helm, installedHelm, kubectlBeside } from './helm';
import {
  type KubernetesObject,
  type PodPlan,
  at,
  labelsAt,
  listAt,
  nameOf,
  objectsOf,
  podPlansOf,
  textAt,
} from './kubernetes-object';
import { schemaFaults } from './object-types';
import { quotaFaults } from './quota-faults';
import { render } from './scenario';
import { securityFaults } from './security-faults';
import { selectorFaults } from './selector-faults';
import { list, read, root } from './testing/house';

jest.setTimeout(120_000);

const overlays = ['dev', 'staging', 'production', 'standby'];

describe('k8s/', () => {
  let helm: Helm;
  let kubectl: string;

  const kustomize = (path: string): readonly KubernetesObject[] =>
    objectsOf(execFileSync(kubectl, ['kustomize', join(root, path)], { encoding: 'utf8' }));

  /** Both charts with the values of an environment. */
  async function workloads(overlay: string): Promise<readonly KubernetesObject[]> {
    const values = (name: string): readonly string[] => [join(root, 'k8s/overlays', overlay, name)];
    const charts = [
      { chart: join(root, 'charts/lumina'), release: 'lumina', valuesFiles: values('values.yaml') },
      {
        chart: join(root, 'charts/redis-sentinel'),
        release: 'lumina-redis',
        valuesFiles: values('redis-values.yaml'),
      },
    ];
    return (await Promise.all(charts.map((one) => render(helm, one)))).flat();
  }

  beforeAll(async () => {
    helm = await installedHelm(root);
    kubectl = kubectlBeside(root);
  });

  it.each(overlays)('%s is a restricted namespace into which its workloads fit', async (overlay) => {
    const base = kustomize(`k8s/overlays/${overlay}`);
    expect((await schemaFaults(root, base)).flat()).toEqual([]);
    const namespace = base.find(({ kind }) => kind === 'Namespace');
    expect(namespace?.metadata.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const own = await workloads(overlay);
    expect(securityFaults(own)).toEqual([]);
    expect(selectorFaults(own)).toEqual([]);
    expect(quotaFaults(own, base)).toEqual([]);
    const classes = base.filter(({ kind }) => kind === 'PriorityClass').map(({ metadata }) => metadata.name);
    const asked = podPlansOf(own).map(({ spec }) => textAt(spec, 'priorityClassName'));
    expect(asked.filter((name) => name !== '' && !classes.includes(name))).toEqual([]);
  });

  it('sees workloads that do not fit', async () => {
    const base = kustomize('k8s/overlays/dev');
    expect(quotaFaults(await workloads('production'), base).join()).toMatch(/requests.cpu/);
  });

  it.each(['linkerd', 'istio'])('the policies for %s are about pods that are there', async (mesh) => {
    const policies = kustomize(`k8s/mesh/${mesh}`);
    const pods = podPlansOf(await workloads('production'));
    const selected = policies.flatMap((policy) =>
      (['podSelector', 'selector'] as const)
        .map((key) => labelsAt(policy, 'spec', key, 'matchLabels'))
        .filter((labels) => Object.keys(labels).length > 0)
        .map((labels) => ({ policy: nameOf(policy), labels, port: textAt(policy, 'spec', 'port') })),
    );
    expect(selected.length).toBeGreaterThan(0);
    const ports = (containers: readonly unknown[]): readonly string[] =>
      containers.flatMap((container) => listAt(container, 'ports').map((port) => textAt(port, 'name')));
    const lost = selected.filter(
      ({ labels, port }) =>
        !pods.some(
          (pod) =>
            Object.entries(labels).every(([key, value]) => pod.labels[key] === value) &&
            (port === '' || ports(pod.containers).includes(port)),
        ),
    );
    expect(lost).toEqual([]);
  });

  it('every experiment mirrors a drill, and breaks pods and containers that are there', async () => {
    const drills = drillNames();
    const pods = podPlansOf(await workloads('production'));
    for (const file of experiments()) {
      const text = read(`k8s/chaos/${file}`);
      expect(drills).toContain(drillOf(text));
      expect(objectsOf(text).flatMap((object) => experimentFaults(object, pods))).toEqual([]);
    }
  });

  it('sees an experiment that breaks nothing', async () => {
    const pods = podPlansOf(await workloads('production'));
    const sound = read('k8s/chaos/rolling-restart.yaml');
    const faults = (text: string): readonly string[] =>
      objectsOf(text).flatMap((object) => experimentFaults(object, pods));
    expect(faults(sound.replace('tool-executor]', 'executor]'))).toEqual([
      'Schedule/rolling-restart: no pod has app.kubernetes.io/component executor',
    ]);
    expect(faults(sound.replace('name: lumina }', 'name: luminary }'))).toHaveLength(1);
  });

  it('every drill has its experiment, or a reason why not', () => {
    const mirrored = experiments().map((file) => drillOf(read(`k8s/chaos/${file}`)));
    const missing = drillNames().filter((name) => !mirrored.includes(name) && !(name in unmirrored));
    expect(missing).toEqual([]);
    expect(drillNames()).toEqual(expect.arrayContaining(Object.keys(unmirrored)));
    expect(Object.keys(unmirrored).filter((name) => mirrored.includes(name))).toEqual([]);
  });
});

/** Drills that no experiment of Chaos Mesh mirrors. */
const unmirrored: Readonly<Record<string, string>> = {
  'slow-failover': 'redis-failover and sentinels-down at the same time',
  'planned-failover': 'a command to a Sentinel: SENTINEL FAILOVER',
  rollout: 'helm upgrade and helm rollback',
  'region-loss': 'docs/regions.md, as an exercise',
  'crash-points': 'needs a variable that charts do not set',
  cancel: 'breaks nothing',
  budget: 'kill-worker and redis-failover at once, with a budget that many want',
  chaos: 'the others, at random: a Workflow of your own',
  alerts: 'breaks a stack beside a Prometheus of its own',
};

const experiments = (): readonly string[] => list('k8s/chaos').filter((name) => name.endsWith('.yaml'));
const drillOf = (text: string): string => /^# drill: (.*)$/m.exec(text)?.[1] ?? '';
const drillNames = (): readonly string[] => {
  const table = /drills: .* = \{([^]*?)^\};/m.exec(read('tools/drills/src/drills/index.ts'))?.[1] ?? '';
  return [...table.matchAll(/^ {2}'?([a-z-]+)'?[:,]/gm)].map(([, name = '']) => name);
};

const podNameLabel = 'statefulset.kubernetes.io/pod-name';

/** What an experiment means and does not find. */
function experimentFaults(object: KubernetesObject, pods: readonly PodPlan[]): readonly string[] {
  const spec = at(object, 'spec', 'podChaos') ?? at(object, 'spec');
  const { [podNameLabel]: podName = '', ...labels } = labelsAt(spec, 'selector', 'labelSelectors');
  const found = pods.filter((pod) =>
    Object.entries(labels).every(([key, value]) => pod.labels[key] === value),
  );
  const containers = found.flatMap((pod) => pod.containers.map((container) => textAt(container, 'name')));
  const selected = listAt(spec, 'selector', 'expressionSelectors').flatMap((expression) =>
    listAt(expression, 'values').map((value) => ({ key: textAt(expression, 'key'), value: String(value) })),
  );
  return [
    ...(found.some(({ of }) => podName.startsWith(podName === '' ? '' : of.metadata.name))
      ? []
      : [`${nameOf(object)}: selects no pod`]),
    ...listAt(spec, 'containerNames')
      .filter((name) => !containers.includes(String(name)))
      .map((name) => `${nameOf(object)}: no container is ${String(name)}`),
    ...(found.length === 0 ? [] : selected)
      .filter(({ key, value }) => !found.some((pod) => pod.labels[key] === value))
      .map(({ key, value }) => `${nameOf(object)}: no pod has ${key} ${value}`),
  ];
}
