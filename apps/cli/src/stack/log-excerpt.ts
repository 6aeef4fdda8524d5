import { linesSince } from '../processes/log-file';

const shownLines = 12;
/** pino's number for what is worth a look. */
const warnLevel = 40;

interface LogRecord {
  readonly level?: unknown;
  readonly msg?: unknown;
  readonly err?: { readonly message?: unknown };
}

function parse(line: string): LogRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null ? record : undefined;
  } catch {
    return undefined;
  }
}

/** A record of the routine says nothing about a death; of the others the words; what is no record stands as it is. */
function readable(line: string): readonly string[] {
  const record = parse(line);
  if (record === undefined) return [line];
  if (typeof record.level === 'number' && record.level < warnLevel) return [];
  const words = [record.msg, record.err?.message].filter((part) => typeof part === 'string');
  return [words.length === 0 ? line : words.join(': ')];
}

/** What a service wrote after its log had `fromBytes`, as far as it may tell why the service died; for people. */
export function logExcerpt(path: string, fromBytes: number): string {
  const lines = linesSince(path, fromBytes);
  const telling = lines.flatMap(readable);
  const chosen = (telling.length === 0 ? lines : telling).slice(-shownLines);
  return chosen.length === 0 ? '  (nothing)' : chosen.map((line) => `  ${line}`).join('\n');
}
