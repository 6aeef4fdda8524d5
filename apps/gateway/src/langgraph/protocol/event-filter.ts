/** What a subscription wants to see of a thread, as LangGraph's thread protocol has it. */
export const channels = [
  'values',
  'updates',
  'messages',
  'tools',
  'lifecycle',
  'input',
  'checkpoints',
  'tasks',
  'custom',
] as const;
export type Channel = (typeof channels)[number];

export type Namespace = readonly string[];

export interface EventFilter {
  readonly channels: ReadonlySet<string>;
  /** Only what is at or below one of these; undefined: everything. */
  readonly namespaces: readonly Namespace[] | undefined;
  /** How far below. */
  readonly depth: number | undefined;
}

export function isWanted(filter: EventFilter, channel: Channel, namespace: Namespace): boolean {
  const { namespaces, depth } = filter;
  if (!filter.channels.has(channel)) return false;
  if (namespaces === undefined || namespaces.length === 0) return true;
  return namespaces.some(
    (prefix) =>
      isBelow(namespace, prefix) && (depth === undefined || namespace.length - prefix.length <= depth),
  );
}

/** A name without a colon stands for every place of that name: `tools` for `tools:1f0c…`. */
function isBelow(namespace: Namespace, prefix: Namespace): boolean {
  return (
    prefix.length <= namespace.length &&
    prefix.every((wanted, index) => {
      const given = namespace[index] ?? '';
      return given === wanted || (!wanted.includes(':') && given.split(':', 1)[0] === wanted);
    })
  );
}
