import { isAbsolute, relative, sep } from 'node:path';

/** The path of `inner` relative to `outer`; undefined unless it lies strictly below. Both absolute, links resolved. */
export function below(outer: string, inner: string): string | undefined {
  const path = relative(outer, inner);
  const isBelow = path !== '' && path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path);
  return isBelow ? path : undefined;
}

/** `a/b/c` → `a`, `a/b`, `a/b/c`. */
export const stations = (path: string): readonly string[] =>
  path.split(sep).map((_name, index, names) => names.slice(0, index + 1).join(sep));
