import { parseAllDocuments } from 'yaml';

type Labels = Readonly<Record<string, string>>;

/** An object as Kubernetes takes it; what is below `spec` is looked at by whoever needs it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
  };
  readonly [field: string]: unknown;
}

/** The objects of a rendered text. @throws Error for what is no YAML, or where two objects have one name */
export function objectsOf(text: string): readonly KubernetesObject[] {
  const objects = parseAllDocuments(text, { merge: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return (document.toJS() as KubernetesObject | null) ?? [];
  });
  const names = objects.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${twice} is there twice`);
  return objects;
}

/** `Deployment/lumina-gateway`, for people. */
export const nameOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.name}`;

/** What a path of keys leads to; undefined where it ends early. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((found, key) => (found as Record<string, unknown> | undefined)?.[key], value);
}

export const listAt = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] =>
  (at(value, ...path) as readonly unknown[] | undefined) ?? [];

/** The text or number there; empty where there is neither. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

export const labelsAt = (value: unknown, ...path: readonly (string | number)[]): Labels =>
  (at(value, ...path) as Labels | undefined) ?? {};

/** A pod, or what pods are made from. */
export interface PodPlan {
  readonly of: KubernetesObject;
  readonly labels: Labels;
  readonly spec: unknown;
  readonly containers: readonly unknown[];
}

const templated = ['Deployment', 'StatefulSet', 'Job', 'DaemonSet'];

export function podPlansOf(objects: readonly KubernetesObject[]): readonly PodPlan[] {
  return objects.flatMap((object) => {
    const template = templated.includes(object.kind) ? at(object, 'spec', 'template') : object;
    if (object.kind !== 'Pod' && !templated.includes(object.kind)) return [];
    const spec = at(template, 'spec');
    const containers = [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')];
    return [{ of: object, labels: labelsAt(template, 'metadata', 'labels'), spec, containers }];
  });
}
