/** One line of MONITOR: who sent what. Commands that a script calls come from `lua`. */
export interface Monitored {
  readonly from: string;
  /** The command in lower case and its arguments. */
  readonly words: readonly string[];
}

/** A line such as `1339518083.107412 [0 127.0.0.1:60866] "get" "x"`; undefined: it is none. */
export function parseMonitored(line: string): Monitored | undefined {
  const [, from, rest] = /^\+?\d+\.\d+ \[\d+ ([^\]]+)\] (.*)$/.exec(line) ?? [];
  if (from === undefined || rest === undefined) return undefined;
  const words = [...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => word);
  const [command = '', ...args] = words;
  return { from, words: [command.toLowerCase(), ...args] };
}

/** What is asked for from outside, by command; a script by its name where it is known, and by what it works on. */
export function commandsOutside(
  lines: readonly Monitored[],
  runs: number,
  scriptNames: ReadonlyMap<string, string>,
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { from, words } of lines) {
    if (from === 'lua') continue;
    const label = labelOf(words, scriptNames);
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return Object.fromEntries(
    [...counts].map(([label, count]) => [label, count / runs] as const).sort(([, a], [, b]) => b - a),
  );
}

function labelOf(
  [command = '', ...args]: readonly string[],
  scriptNames: ReadonlyMap<string, string>,
): string {
  if (command !== 'evalsha')
    return command === 'wait' || args[0] === undefined ? command : `${command} ${kind(args[0])}`;
  const [sha = '', , firstKey = ''] = args;
  const name = scriptNames.get(sha);
  return `script ${name ?? sha.slice(0, 8)} ${kind(firstKey)}`;
}

/** A key without what differs from run to run. */
const kind = (key: string): string =>
  key
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
    .replaceAll(/(?<=:)\d+(?=:|$)/g, '<n>')
    .slice(0, 40);
