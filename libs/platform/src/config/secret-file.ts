import { readFileSync, statSync } from 'node:fs';
import type { SettingReading } from './setting-reading';

const recheckAfterMs = 1_000;
const maxBytes = 1_048_576;

/** Changes when the file's content may have: Kubernetes swaps a symlink, editors write in place. */
function fingerprint(path: string): string {
  const { mtimeMs, ino, size } = statSync(path);
  return `${String(mtimeMs)}:${String(ino)}:${String(size)}`;
}

function readTrimmed(path: string): string {
  const status = statSync(path);
  if (!status.isFile()) throw new Error('not a regular file');
  if (status.size > maxBytes) throw new Error('larger than 1 MiB');
  const text = readFileSync(path, 'utf8').trim();
  if (text === '') throw new Error('empty');
  return text;
}

/** The system's code (`ENOENT`), or the words of an error of our own. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return String(code ?? message);
}

/**
 * A secret kept in a file, re-read when the file changes (looked at upon access, at most once a second). While the file
 * is gone, empty or unusable, the last good content stands: rotation must not stop a running process.
 *
 * @returns a getter of the trimmed content
 * @throws Error when the file cannot be used now; the message names the path, never the content
 */
export function readSecretFile(path: string, nowMs: () => number = () => performance.now()): () => string {
  let content: string;
  let seen: string;
  try {
    seen = fingerprint(path);
    content = readTrimmed(path);
  } catch (error) {
    throw new Error(`${path} (${reasonOf(error)})`, { cause: error });
  }
  let checkedAtMs = nowMs();
  return () => {
    const now = nowMs();
    if (now - checkedAtMs < recheckAfterMs) return content;
    checkedAtMs = now;
    try {
      const current = fingerprint(path);
      if (current !== seen) {
        content = readTrimmed(path);
        seen = current;
      }
    } catch {
      // gone or half-written: look again in a second
    }
    return content;
  };
}

/** The same for a parsed secret: new content that does not parse leaves the last good value standing. */
export function secretFromFile<Value>(
  path: string,
  parse: (text: string) => SettingReading<Value>,
  nowMs?: () => number,
): SettingReading<() => Value> {
  let content: () => string;
  try {
    content = readSecretFile(path, nowMs);
  } catch (error) {
    return { isValid: false, expected: `a readable file, but cannot read ${(error as Error).message}` };
  }
  let text = content();
  const first = parse(text);
  if (!first.isValid) return { isValid: false, expected: `other content in the file ${path}` };
  let value = first.value;
  const read = (): Value => {
    const current = content();
    if (current !== text) {
      text = current;
      const next = parse(current);
      if (next.isValid) value = next.value;
    }
    return value;
  };
  return { isValid: true, value: read };
}
