import { type KubernetesObject, labelsAt, podPlansOf, textAt } from './kubernetes-object';

/** As kubectl abbreviates. */
const kinds: Readonly<Record<string, string>> = {
  deploy: 'Deployment',
  deployment: 'Deployment',
  sts: 'StatefulSet',
  svc: 'Service',
  pvc: 'PersistentVolumeClaim',
};

/** Labels of what belongs to others. */
const strangers = /^app\.kubernetes\.io\/name=(prometheus|alertmanager)$/;

const isIn = (labels: Readonly<Record<string, string>>, wanted: string): boolean =>
  Object.entries(labels).some(([name, value]) => `${name}=${value}` === wanted);

function labelFaults(command: string, objects: readonly KubernetesObject[]): readonly string[] {
  const selected = [...command.matchAll(/ -l (app\.[\w./-]+=[a-z][\w-]*)/g)].map(([, label = '']) => label);
  const isAboutPods = /kubectl (logs|(get|top) \S*\bpods\b)/.test(command);
  const known = isAboutPods
    ? podPlansOf(objects).map(({ labels }) => labels)
    : objects.map((object) => labelsAt(object, 'metadata', 'labels'));
  return selected
    .filter((label) => !strangers.test(label) && !known.some((labels) => isIn(labels, label)))
    .map((label) => `nothing has ${label}`);
}

/** `sts/lumina-redis`, `svc/lumina-gateway`: kind and name. */
function nameFaults(command: string, objects: readonly KubernetesObject[]): readonly string[] {
  const named = [...command.matchAll(/\b(deploy|deployment|sts|svc|pvc)[/ ](lumina[\w-]*)/g)];
  return named
    .filter(([, kind = '', name]) =>
      objects.every((object) => object.kind !== kinds[kind] || object.metadata.name !== name),
    )
    .map(([whole]) => `there is no ${whole}`);
}

/** A pod by its set and number, and a container in it. */
function podFaults(command: string, objects: readonly KubernetesObject[]): readonly string[] {
  const asked = [...command.matchAll(/ (?:sts\/)?(lumina[a-z-]*?)(?:-(?:\d|\$\w+))?(?::\S+ \S+)? -c (\w+)/g)];
  const plans = podPlansOf(objects);
  return asked
    .filter(([, set = '', container = '']) => {
      const plan = plans.find(({ of }) => of.metadata.name === set);
      return plan?.containers.every((one) => textAt(one, 'name') !== container) ?? true;
    })
    .map(([, set, container]) => `there is no container ${container} in pods of ${set}`);
}

/** Commands of a runbook, in blocks or in a line, that name what no chart makes. */
export function runbookFaults(text: string, objects: readonly KubernetesObject[]): readonly string[] {
  const commands = text.match(/\bkubectl [^\n]*/g) ?? [];
  return commands.flatMap((command) => [
    ...labelFaults(command, objects),
    ...nameFaults(command, objects),
    ...podFaults(command, objects),
  ]);
}
