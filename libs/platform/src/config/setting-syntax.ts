/**
 * How settings are written, as regular expressions that ECMAScript, JSON Schema and RE2 read alike: for tools that see a value before a
 * service does. The readers themselves are in setting-kinds.ts; a test holds each of these to its reader.
 */
export const syntaxes = {
  integer: '^[+-]?[0-9]+$',
  decimal: '^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)$',
  duration: '^[0-9]+(\\.[0-9]+)? ?(ms|s|m|h|d)?$',
  size: '^[0-9]+(\\.[0-9]+)? ?(B|kB|KB|MB|GB|KiB|MiB|GiB)?$',
} as const;

const literal = (word: string): string => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

export const wordsSyntax = (words: readonly string[]): string => `^(${words.map(literal).join('|')})$`;

export const urlSyntax = (protocols: readonly string[]): string =>
  `^(${protocols.map(literal).join('|')})://[^/?#\\s]+\\S*$`;

/** Entries with commas between; each matches `entry`, from its begin to its end where that says so. */
export function entriesSyntax({ source }: RegExp): string {
  const begin = source.startsWith('^') ? '' : '[^,]*';
  const end = source.endsWith('$') ? '' : '[^,]*';
  const entry = `${begin}(${source.replace(/^\^/, '').replace(/\$$/, '')})${end}`;
  return `^\\s*${entry}(\\s*,\\s*${entry})*[\\s,]*$`;
}
