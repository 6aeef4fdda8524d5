import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Helm, installedHelm, kubectlBeside } from './helm';
import {
  type KubernetesObject,
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
    const drills = read('tools/drills/src/drills/index.ts');
    const pods = podPlansOf(await workloads('production'));
    const files = list('k8s/chaos').filter((name) => name.endsWith('.yaml'));
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) {
      const text = read(`k8s/chaos/${file}`);
      const drill = /^# drill: (.*)$/m.exec(text)?.[1] ?? '';
      expect(drills).toContain(`'${drill}':`);
      for (const object of objectsOf(text)) {
        const spec = at(object, 'spec', 'podChaos') ?? at(object, 'spec');
        const { 'statefulset.kubernetes.io/pod-name': podName = '', ...labels } = labelsAt(
          spec,
          'selector',
          'labelSelectors',
        );
        const found = pods.filter((pod) =>
          Object.entries(labels).every(([key, value]) => pod.labels[key] === value),
        );
        const containers = found.flatMap((pod) =>
          pod.containers.map((container) => textAt(container, 'name')),
        );
        expect(listAt(spec, 'containerNames').filter((name) => !containers.includes(String(name)))).toEqual(
          [],
        );
        expect(found.some(({ of }) => podName.startsWith(podName === '' ? '' : of.metadata.name))).toBe(true);
      }
    }
  });
});
