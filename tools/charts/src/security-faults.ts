import {
  type KubernetesObject,
  type PodPlan,
  at,
  listAt,
  nameOf,
  podPlansOf,
  textAt,
} from './kubernetes-object';

/** The one component that asks the Kubernetes API. */
const asksApi = 'health';

/** What the health service may do, and no more. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  '': ['pods'],
  autoscaling: ['horizontalpodautoscalers'],
  policy: ['poddisruptionbudgets'],
  batch: ['jobs', 'cronjobs'],
};

function podFaults({ of, labels, spec }: PodPlan): readonly string[] {
  const security = at(spec, 'securityContext');
  const mountsToken = at(spec, 'automountServiceAccountToken') !== false;
  const isFaulty: readonly (readonly [string, boolean])[] = [
    [
      'runs as root, or may',
      at(security, 'runAsNonRoot') !== true || !(Number(at(security, 'runAsUser')) > 0),
    ],
    ['has no RuntimeDefault seccomp profile', at(security, 'seccompProfile', 'type') !== 'RuntimeDefault'],
    ['mounts a token', mountsToken && labels['app.kubernetes.io/component'] !== asksApi],
    ['has access to the host', ['hostNetwork', 'hostPID', 'hostIPC'].some((key) => at(spec, key) === true)],
    [
      'mounts a path of the host',
      listAt(spec, 'volumes').some((volume) => at(volume, 'hostPath') !== undefined),
    ],
    ['has an emptyDir without a limit', listAt(spec, 'volumes').some(hasNoLimit)],
  ];
  return isFaulty.filter(([, faulty]) => faulty).map(([fault]) => `${nameOf(of)}: ${fault}`);
}

const hasNoLimit = (volume: unknown): boolean =>
  at(volume, 'emptyDir') !== undefined && at(volume, 'emptyDir', 'sizeLimit') === undefined;

function containerFaults({ of, containers }: PodPlan): readonly string[] {
  return containers.flatMap((container) => {
    const security = at(container, 'securityContext');
    const resources = (kind: string): boolean =>
      ['cpu', 'memory'].every((name) => textAt(container, 'resources', kind, name) !== '');
    const plain = listAt(container, 'env')
      .filter(isPlainSecret)
      .map((variable) => textAt(variable, 'name'));
    const isFaulty: readonly (readonly [string, boolean])[] = [
      [
        'may gain privileges',
        at(security, 'allowPrivilegeEscalation') !== false || at(security, 'privileged') === true,
      ],
      [
        'keeps capabilities',
        listAt(security, 'capabilities', 'drop').join() !== 'ALL' ||
          listAt(security, 'capabilities', 'add').length > 0,
      ],
      ['may write its root', at(security, 'readOnlyRootFilesystem') !== true],
      ['has no requests', !resources('requests')],
      ['has no limits', !resources('limits')],
      [
        'takes the image latest, or any',
        !/(:(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$/.test(textAt(container, 'image')),
      ],
      [`has secrets among its variables: ${plain.join(', ')}`, plain.length > 0],
    ];
    return isFaulty
      .filter(([, faulty]) => faulty)
      .map(([fault]) => `${nameOf(of)}, container ${textAt(container, 'name')}: ${fault}`);
  });
}

const isPlainSecret = (variable: unknown): boolean =>
  /(PASSWORD|_KEY|_KEYS|SECRET|PEPPER|TOKEN)$/.test(textAt(variable, 'name')) &&
  at(variable, 'value') !== undefined;

function roleFaults(objects: readonly KubernetesObject[]): readonly string[] {
  const rules = objects
    .filter(({ kind }) => ['Role', 'ClusterRole'].includes(kind))
    .flatMap((role) => listAt(role, 'rules').map((rule) => ({ role, rule })));
  const wide = rules.filter(({ rule }) => {
    const resources = listAt(rule, 'apiGroups').flatMap((group) => allowed[String(group)] ?? []);
    return (
      listAt(rule, 'verbs').some((verb) => verb !== 'get' && verb !== 'list') ||
      listAt(rule, 'resources').some((resource) => !resources.includes(String(resource)))
    );
  });
  const cluster = objects
    .filter(({ kind }) => kind.startsWith('ClusterRole'))
    .map((object) => `${nameOf(object)}: is for the whole cluster`);
  return [
    ...wide.map(({ role }) => `${nameOf(role)}: allows more than looking at what health looks at`),
    ...cluster,
  ];
}

/** With policies, every pod is chosen by one that refuses both ways, and only the executors' own policy is about the web. */
function networkFaults(objects: readonly KubernetesObject[]): readonly string[] {
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
  if (policies.length === 0) return [];
  const denied = policies.filter((policy) => listAt(policy, 'spec', 'policyTypes').length === 2);
  return podPlansOf(objects)
    .filter(({ labels }) => {
      const wanted = (policy: KubernetesObject) =>
        Object.entries((at(policy, 'spec', 'podSelector', 'matchLabels') ?? {}) as Record<string, string>);
      return !denied.some((policy) => wanted(policy).every(([key, value]) => labels[key] === value));
    })
    .map(({ of }) => `${nameOf(of)}: no network policy refuses both ways for it`);
}

/** What must hold for every pod and role, beyond what the restricted standard asks. */
export function securityFaults(objects: readonly KubernetesObject[]): readonly string[] {
  const pods = podPlansOf(objects);
  return [
    ...pods.flatMap(podFaults),
    ...pods.flatMap(containerFaults),
    ...roleFaults(objects),
    ...networkFaults(objects),
  ];
}
