import { type KubernetesObject, at, labelsAt, podPlansOf, textAt } from './kubernetes-object';

const units: Readonly<Record<string, number>> = {
  '': 1,
  m: 0.001,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `500m`, `2`, `512Mi` → cores or bytes. */
export function quantityOf(text: string): number {
  const match = /^([\d.]+)(m|[KMGT]i)?$/.exec(text);
  if (match === null) throw new Error(`not a quantity: ${text}`);
  return Number(match[1]) * (units[match[2] ?? ''] ?? Number.NaN);
}

/** How many pods there may be of each: what the scaler allows, and one more while they roll. */
function mostReplicas(workload: KubernetesObject, objects: readonly KubernetesObject[]): number {
  const scaler = objects.find(
    (object) =>
      object.kind === 'HorizontalPodAutoscaler' &&
      textAt(object, 'spec', 'scaleTargetRef', 'name') === workload.metadata.name,
  );
  const replicas = Number(at(scaler, 'spec', 'maxReplicas') ?? at(workload, 'spec', 'replicas') ?? 1);
  return workload.kind === 'Deployment' ? replicas + 1 : replicas;
}

/** What a quota would refuse when everything is scaled to its most. */
export function quotaFaults(
  workloads: readonly KubernetesObject[],
  base: readonly KubernetesObject[],
): readonly string[] {
  const quota = labelsAt(
    base.find(({ kind }) => kind === 'ResourceQuota'),
    'spec',
    'hard',
  );
  const pods = podPlansOf(workloads).map((plan) => ({ ...plan, count: mostReplicas(plan.of, workloads) }));
  const sums = ['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'].map((name) => {
    const [kind = '', resource = ''] = name.split('.');
    const asked = pods.map(
      ({ containers, count }) =>
        count *
        containers.reduce<number>(
          (sum, container) => sum + quantityOf(textAt(container, 'resources', kind, resource)),
          0,
        ),
    );
    return [name, asked.reduce((sum, one) => sum + one, 0)] as const;
  });
  const all = [...sums, ['pods', pods.reduce((sum, { count }) => sum + count, 0)] as const];
  return all
    .filter(([name, sum]) => sum > quantityOf(quota[name] ?? '0'))
    .map(([name, sum]) => `${name}: ${sum} are asked for, of ${quota[name] ?? 'none'}`);
}
