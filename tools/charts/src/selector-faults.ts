import {
  type KubernetesObject,
  type PodPlan,
  at,
  labelsAt,
  listAt,
  nameOf,
  podPlansOf,
} from './kubernetes-object';

type Labels = Readonly<Record<string, string>>;

/** Labels of pods that are other people's: what they are, no chart of ours renders. Named by values, as scenarios set them. */
export type Strangers = readonly Labels[];

const matches = (wanted: Labels, labels: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

const isNeverEmpty = (selector: Labels): boolean => Object.keys(selector).length > 0;

/** Where an object selects pods of its own namespace: the labels, by where they stand. */
function podSelectors(object: KubernetesObject): readonly (readonly [where: string, labels: Labels])[] {
  const own = (...path: readonly string[]): readonly [string, Labels] => [
    path.join('.'),
    labelsAt(object, ...path),
  ];
  switch (object.kind) {
    case 'Service':
      return [own('spec', 'selector')];
    case 'Deployment':
    case 'StatefulSet':
    case 'PodDisruptionBudget':
    case 'PodMonitor':
    case 'PeerAuthentication':
      return [own('spec', 'selector', object.kind === 'Deployment' ? 'matchLabels' : 'matchLabels')];
    case 'NetworkPolicy':
      return [own('spec', 'podSelector', 'matchLabels'), ...peersOf(object)];
    default:
      return [];
  }
}

/** Peers in the policy's own namespace; those of other namespaces are none of ours. */
function peersOf(policy: KubernetesObject): readonly (readonly [string, Labels])[] {
  return (['ingress', 'egress'] as const).flatMap((way) =>
    listAt(policy, 'spec', way).flatMap((rule, index) => {
      const peers = listAt(rule, way === 'ingress' ? 'from' : 'to');
      const near = peers.filter((peer) => at(peer, 'podSelector') !== undefined);
      return near
        .filter((peer) => at(peer, 'namespaceSelector') === undefined)
        .map((peer) => [`${way}[${index}]`, labelsAt(peer, 'podSelector', 'matchLabels')] as const);
    }),
  );
}

/** Constraints and affinities of a pod are about pods of its own kind. */
function spreadFaults({ of, labels, spec }: PodPlan): readonly string[] {
  const constraints = listAt(spec, 'topologySpreadConstraints').map((one) =>
    labelsAt(one, 'labelSelector', 'matchLabels'),
  );
  const anti = [
    'requiredDuringSchedulingIgnoredDuringExecution',
    'preferredDuringSchedulingIgnoredDuringExecution',
  ];
  const terms = anti.flatMap((kind) =>
    listAt(spec, 'affinity', 'podAntiAffinity', kind).map((term) =>
      labelsAt(at(term, 'podAffinityTerm') ?? term, 'labelSelector', 'matchLabels'),
    ),
  );
  const wrong = [...constraints, ...terms].some(
    (wanted) => !isNeverEmpty(wanted) || !matches(wanted, labels),
  );
  return wrong ? [`${nameOf(of)}: spreads by labels that its pods do not have`] : [];
}

/** Selectors that select nothing that is rendered, in `objects`, which are of one namespace. */
export function selectorFaults(
  objects: readonly KubernetesObject[],
  strangers: Strangers = [],
): readonly string[] {
  const pods = podPlansOf(objects);
  const found = (wanted: Labels): boolean =>
    pods.some(({ labels }) => matches(wanted, labels)) || strangers.some((labels) => matches(wanted, labels));
  const lost = objects.flatMap((object) =>
    podSelectors(object)
      .filter(([, wanted]) => !found(wanted))
      .map(([where]) => `${nameOf(object)}: ${where} selects no pod`),
  );
  const empty = objects
    .filter(({ kind }) => ['Service', 'Deployment', 'StatefulSet', 'PodDisruptionBudget'].includes(kind))
    .filter((object) => podSelectors(object).some(([, wanted]) => !isNeverEmpty(wanted)))
    .map((object) => `${nameOf(object)}: selects everything`);
  return [...lost, ...empty, ...pods.flatMap(spreadFaults), ...monitorFaults(objects)];
}

/** A ServiceMonitor selects Services, and reads a port that they have. */
function monitorFaults(objects: readonly KubernetesObject[]): readonly string[] {
  const services = objects.filter(({ kind }) => kind === 'Service');
  return objects
    .filter(({ kind }) => kind === 'ServiceMonitor')
    .flatMap((monitor) => {
      const expressions = listAt(monitor, 'spec', 'selector', 'matchExpressions');
      const wanted = labelsAt(monitor, 'spec', 'selector', 'matchLabels');
      const chosen = services.filter(({ metadata: { labels = {} } }) => matches(wanted, labels));
      const lost = expressions.flatMap((expression) =>
        listAt(expression, 'values').filter(
          (value) =>
            !chosen.some(({ metadata }) => metadata.labels?.[String(at(expression, 'key'))] === value),
        ),
      );
      return [
        ...(chosen.length === 0 ? [`${nameOf(monitor)}: selects no Service`] : []),
        ...lost.map((value) => `${nameOf(monitor)}: no Service is ${String(value)}`),
      ];
    });
}
