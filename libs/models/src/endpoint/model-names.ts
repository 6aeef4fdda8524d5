import { objectOf, stringOf } from './json-value';

/** The names in a list of models; undefined when it is no list. */
export function namesIn(list: unknown, field: string): readonly string[] | undefined {
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((entry: unknown) => stringOf(objectOf(entry)?.[field]) ?? []);
}
