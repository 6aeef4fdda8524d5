import {
  type KubernetesObject,
  type PodPlan,
  at,
  listAt,
  nameOf,
  podPlansOf,
  textAt,
} from './kubernetes-object';

/** Names in the namespace, as `Kind/name`, that are there although no chart renders them. */
export type Given = readonly string[];

interface Reference {
  readonly from: string;
  readonly to: string;
}

function volumeReferences({ of, spec, containers }: PodPlan): readonly Reference[] {
  const from = nameOf(of);
  const volumes = listAt(spec, 'volumes');
  const own = volumes.flatMap((volume) => {
    const projected = listAt(volume, 'projected', 'sources').map((source) =>
      textAt(source, 'secret', 'name'),
    );
    return [
      ['ConfigMap', textAt(volume, 'configMap', 'name')],
      ['Secret', textAt(volume, 'secret', 'secretName')],
      ['PersistentVolumeClaim', textAt(volume, 'persistentVolumeClaim', 'claimName')],
      ...projected.map((name) => ['Secret', name]),
    ];
  });
  const keyed = containers.flatMap((container) =>
    listAt(container, 'env').map((variable) => [
      'Secret',
      textAt(variable, 'valueFrom', 'secretKeyRef', 'name'),
    ]),
  );
  const account = ['ServiceAccount', textAt(spec, 'serviceAccountName')];
  return [...own, ...keyed, account]
    .filter(([, name]) => name !== '')
    .map(([kind = '', name = '']) => ({ from, to: `${kind}/${name}` }));
}

function objectReferences(object: KubernetesObject): readonly Reference[] {
  const from = nameOf(object);
  const to = (kind: string, name: string): Reference => ({ from, to: `${kind}/${name}` });
  switch (object.kind) {
    case 'HorizontalPodAutoscaler':
    case 'ScaledObject':
      return [
        to(
          textAt(object, 'spec', 'scaleTargetRef', 'kind') || 'Deployment',
          textAt(object, 'spec', 'scaleTargetRef', 'name'),
        ),
      ];
    case 'RoleBinding':
      return [
        to('Role', textAt(object, 'roleRef', 'name')),
        ...listAt(object, 'subjects').map((subject) => to('ServiceAccount', textAt(subject, 'name'))),
      ];
    case 'StatefulSet':
      return [to('Service', textAt(object, 'spec', 'serviceName'))];
    case 'HTTPRoute':
      return listAt(object, 'spec', 'rules').flatMap((rule) =>
        listAt(rule, 'backendRefs').map((backend) => to('Service', textAt(backend, 'name'))),
      );
    case 'Ingress':
      return listAt(object, 'spec', 'rules').flatMap((rule) =>
        listAt(rule, 'http', 'paths').map((path) =>
          to('Service', textAt(path, 'backend', 'service', 'name')),
        ),
      );
    default:
      return [];
  }
}

/** A container mounts only volumes that its pod has, and a StatefulSet's claims are among them. */
function mountFaults({ of, spec, containers }: PodPlan): readonly string[] {
  const claims = listAt(of, 'spec', 'volumeClaimTemplates').map((claim) => textAt(claim, 'metadata', 'name'));
  const volumes = [...listAt(spec, 'volumes').map((volume) => textAt(volume, 'name')), ...claims];
  const mounted = containers.flatMap((container) =>
    listAt(container, 'volumeMounts').map((mount) => textAt(mount, 'name')),
  );
  return [
    ...mounted
      .filter((name) => !volumes.includes(name))
      .map((name) => `${nameOf(of)}: mounts ${name}, which is no volume`),
    ...volumes
      .filter((name) => !mounted.includes(name))
      .map((name) => `${nameOf(of)}: nobody mounts ${name}`),
  ];
}

/** Names that lead nowhere. */
export function referenceFaults(objects: readonly KubernetesObject[], given: Given = []): readonly string[] {
  const pods = podPlansOf(objects);
  const there = new Set([...objects.map(nameOf), ...madeBy(objects), ...given]);
  const references = [...pods.flatMap(volumeReferences), ...objects.flatMap(objectReferences)];
  const lost = references
    .filter(({ to }) => !there.has(to))
    .map(({ from, to }) => `${from}: there is no ${to}`);
  return [...lost, ...pods.flatMap(mountFaults), ...portFaults(objects)];
}

/** What controllers make of objects. */
const madeBy = (objects: readonly KubernetesObject[]): readonly string[] =>
  objects
    .filter(({ kind }) => kind === 'ExternalSecret')
    .map((object) => `Secret/${textAt(object, 'spec', 'target', 'name')}`);

/** Ports of Services are ports of their pods; ports of routes are ports of Services. */
function portFaults(objects: readonly KubernetesObject[]): readonly string[] {
  const pods = podPlansOf(objects);
  const services = objects.filter(({ kind }) => kind === 'Service');
  const ofServices = services.flatMap((service) => {
    const wanted = Object.entries(
      (at(service, 'spec', 'selector') as Record<string, string> | undefined) ?? {},
    );
    const chosen = pods.filter(({ labels }) => wanted.every(([key, value]) => labels[key] === value));
    const names = chosen.flatMap(({ containers }) =>
      containers.flatMap((container) => listAt(container, 'ports').map((port) => textAt(port, 'name'))),
    );
    return listAt(service, 'spec', 'ports')
      .map((port) => textAt(port, 'targetPort'))
      .filter((target) => !names.includes(target))
      .map((target) => `${nameOf(service)}: no container has a port ${target}`);
  });
  const byName = new Map(
    services.map((service) => [service.metadata.name, listAt(service, 'spec', 'ports')]),
  );
  const ofRoutes = objects.flatMap((object) => {
    const backends =
      object.kind === 'HTTPRoute'
        ? listAt(object, 'spec', 'rules').flatMap((rule) => listAt(rule, 'backendRefs'))
        : [];
    return backends
      .filter(
        (backend) =>
          !byName.get(textAt(backend, 'name'))?.some((port) => at(port, 'port') === at(backend, 'port')),
      )
      .map(
        (backend) => `${nameOf(object)}: ${textAt(backend, 'name')} has no port ${textAt(backend, 'port')}`,
      );
  });
  return [...ofServices, ...ofRoutes];
}
