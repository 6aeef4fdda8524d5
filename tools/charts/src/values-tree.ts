import { type Pair, type YAMLMap, isMap, isScalar, parseDocument } from 'yaml';

/** One key of a values.yaml. */
export interface ValuesKey {
  /** `a.b.c`. */
  readonly path: string;
  readonly name: string;
  readonly meaning: string;
  /** What stands behind `@schema` in its comment. */
  readonly hint: string | undefined;
  readonly value: unknown;
  /** Keys below, of a map that is not described as a whole. */
  readonly children: readonly ValuesKey[];
}

const marker = '@schema ';

/**
 * The keys of a values.yaml with their comments: what a key means, and in a line `@schema` what it may hold where its default does not
 * say so.
 *
 * @throws Error that names a key without comment
 */
export function valuesTree(text: string): readonly ValuesKey[] {
  const { contents, errors } = parseDocument(text);
  const [error] = errors;
  if (error !== undefined) throw error;
  if (!isMap(contents)) throw new Error('values are a map');
  return keysOf(contents, '', topComment(text));
}

/** The comment of the first key follows that of the file, an empty line between. */
function topComment(text: string): string {
  const lines = text.slice(0, text.search(/^\w/m)).trimEnd().split('\n');
  const gap = lines.lastIndexOf('');
  return lines
    .slice(gap + 1)
    .map((line) => line.replace(/^#/, ''))
    .join('\n');
}

function keysOf(map: YAMLMap, prefix: string, first?: string): readonly ValuesKey[] {
  return map.items.map((pair, index) => keyOf(pair, prefix, commentOf(pair, map, index) ?? first));
}

/** The comment above a map's first key belongs to the map, as the parser sees it. */
function commentOf(pair: Pair, map: YAMLMap, index: number): string | undefined {
  const own = isScalar(pair.key) ? pair.key.commentBefore : undefined;
  return own ?? (index === 0 ? (map.commentBefore ?? undefined) : undefined);
}

function keyOf(pair: Pair, prefix: string, comment: string | undefined): ValuesKey {
  const name = isScalar(pair.key) ? String(pair.key.value) : '';
  const path = `${prefix}${name}`;
  const lines = (comment ?? '').split('\n').map((line) => line.trim());
  const hint = lines.find((line) => line.startsWith(marker))?.slice(marker.length);
  const meaning = lines.filter((line) => line !== '' && !line.startsWith(marker)).join(' ');
  if (meaning === '') throw new Error(`${path} has no comment`);
  const value = valueOf(pair);
  const isOpen = hint === undefined && isMap(pair.value);
  const children = isOpen && isMap(pair.value) ? keysOf(pair.value, `${path}.`) : [];
  return { path, name, meaning, hint, value, children };
}

function valueOf({ value }: Pair): unknown {
  if (isMap(value)) return value.toJSON();
  return (value as { toJSON?: () => unknown } | null)?.toJSON?.() ?? null;
}
