/**
 * Where one sequence stands in another, in time that grows with the sum of their lengths and never with the product: both may come
 * from somebody who wants this process to stand still.
 */
export interface Sequence {
  readonly length: number;
  readonly at: (index: number) => unknown;
}

export const sequenceOf = (items: readonly unknown[]): Sequence => ({
  length: items.length,
  at: (index) => items[index],
});

export const charactersOf = (text: string): Sequence => ({
  length: text.length,
  at: (index) => text.charCodeAt(index),
});

/** For each beginning of the sequence: how much of it is also its end, whole sequence excepted. */
function borders({ length, at }: Sequence): Int32Array {
  const border = new Int32Array(length);
  for (let index = 1, matched = 0; index < length; index++) {
    while (matched > 0 && at(index) !== at(matched)) matched = border[matched - 1] ?? 0;
    if (at(index) === at(matched)) matched++;
    border[index] = matched;
  }
  return border;
}

export interface SearchOptions {
  readonly from: number;
  /** Leaves out what overlaps an earlier one. */
  readonly isApart: boolean;
}

/** Every start at or after `from`. */
export function* startsOf(
  wanted: Sequence,
  whole: Sequence,
  { from, isApart }: SearchOptions,
): Generator<number> {
  const border = borders(wanted);
  for (let index = from, matched = 0; index < whole.length; index++) {
    while (matched > 0 && whole.at(index) !== wanted.at(matched)) matched = border[matched - 1] ?? 0;
    if (whole.at(index) === wanted.at(matched)) matched++;
    if (matched < wanted.length) continue;
    yield index - matched + 1;
    matched = isApart ? 0 : (border[matched - 1] ?? 0);
  }
}
