/** Whether a value holds all of another: objects field by field, lists entry by entry in any order, all else if it is equal. */
export function contains(value: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(value) && wanted.every((entry: unknown) => value.some((given) => contains(given, entry)))
    );
  }
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(wanted).every(
    ([name, part]) => Object.hasOwn(value, name) && contains((value as Record<string, unknown>)[name], part),
  );
}

/** The named fields of a view, or all of it. */
export function selected(view: object, fields: readonly string[] | undefined): object {
  if (fields === undefined) return view;
  return Object.fromEntries(Object.entries(view).filter(([name]) => fields.includes(name)));
}
