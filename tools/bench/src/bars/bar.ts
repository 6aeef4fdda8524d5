import type { Spread } from '../accounts/spread';

/** One thing that is asked for, what was found, and whether it is enough. */
export interface Bar {
  readonly subject: string;
  readonly what: string;
  /** In the unit that `what` or `unit` says. */
  readonly value: Spread;
  readonly unit: string;
  readonly bar: { readonly atLeast: number } | { readonly atMost: number };
  readonly isMet: boolean;
}

export type Wanted = Pick<Bar, 'subject' | 'what' | 'unit' | 'bar'>;

/** The median counts. Nothing, where nothing was measured. */
export function judged(wanted: Wanted, value: Spread | undefined): readonly Bar[] {
  if (value === undefined || !Number.isFinite(value.median)) return [];
  const { bar } = wanted;
  const isMet = 'atLeast' in bar ? value.median >= bar.atLeast : value.median <= bar.atMost;
  return [{ ...wanted, value, isMet }];
}

/** One figure that has no spread. */
export const single = (value: number | undefined): Spread | undefined =>
  value === undefined ? undefined : { median: value, min: value, max: value };
