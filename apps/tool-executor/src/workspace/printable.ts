/**
 * Names of files as they are shown. A program in the sandbox chooses them, so:
 *
 * N1 A shown name stands on one line and holds no control, direction or invisible character.
 * N2 A name cannot pass for another line, a size, a link arrow, a line number or a closing remark: one that might
 *    is shown as a JSON string, and so is one that begins with a quotation mark.
 * N3 Parsing a quoted name as JSON gives the name back, so it can be used as an argument as it stands.
 */
const unsafeCharacter = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/u;
const unsafeCharacters = new RegExp(unsafeCharacter.source, 'gu');
const ambiguous = /^["…\s]|\s$|\s\s| -> |:\s|[:-]\d+[:-]/u;

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

const escapeCharacter = (character: string): string => character.split('').map(escapeUnit).join('');

/** A name or a relative path for showing; see N1 to N3. */
export function printableName(name: string): string {
  if (!unsafeCharacter.test(name) && !ambiguous.test(name)) return name;
  return JSON.stringify(name).replace(unsafeCharacters, escapeCharacter);
}

/** A name that is not valid UTF-8: the bytes that are not ASCII stand as \xNN. It cannot be used as an argument. */
export function printableBytes(name: Uint8Array): string {
  const show = (byte: number): string =>
    byte > 0x1f && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`;
  return `"${Array.from(name, show).join('')}" (name is not valid UTF-8)`;
}

const controlCharacters = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** One line of a file's text for showing: tabs stay, what could start another line or reorder it is escaped. */
export function printableLine(line: string): string {
  return line.replace(controlCharacters, (unit) => (unit === '\t' ? unit : escapeUnit(unit)));
}

/** At most `maxCharacters` UTF-16 units, never half a pair. */
export function cutText(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const last = text.charCodeAt(maxCharacters - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHalf ? maxCharacters - 1 : maxCharacters);
}

export const formatCount = (count: number): string => count.toLocaleString('en-US');

/** `1 file`, `2 files`. */
export const plural = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${formatCount(count)} ${count === 1 ? noun : nouns}`;

/** Lines of a result with what must be said about them last, in one line that begins with "…". */
export const withRemarks = (lines: readonly string[], remarks: readonly string[]): string =>
  [...lines, ...(remarks.length > 0 ? [`… ${remarks.join('; ')}`] : [])].join('\n');

const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `812 B`, `4.0 KiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${units[power - 1]}`;
}
