import { spreadOf } from '../accounts/spread';
import type { Findings, ModelsFinding } from '../works/findings';
import { type Bar, judged, single } from './bar';

const maxOverheadMs = 2;
const maxFallbackMs = 5;
const maxBeyondTimeoutMs = 500;
const subject = 'models';

/** What a first model that is no good added beyond the time-out that had to be waited for: of all rounds the worst. */
export function beyondTimeoutMs(
  { fallback }: ModelsFinding,
  isWanted = (_way: string): boolean => true,
): number {
  const all = fallback.flatMap((round) => Object.entries(round).filter(([way]) => isWanted(way)));
  return Math.max(...all.map(([, { timeoutMs, addedMs }]) => addedMs - timeoutMs));
}

/** The whole is judged, though a step without budgets and checks would be claimed and committed, too. */
export function modelsBars({ models }: Findings): readonly Bar[] {
  if (models === undefined) return [];
  const overhead = Object.entries(models.budgets).flatMap(([durability, rounds]) =>
    judged(
      {
        ...{ subject, what: `reserve, settle, check (${durability}): p50`, unit: 'ms' },
        bar: { atMost: maxOverheadMs },
      },
      spreadOf(rounds.map(({ whole }) => whole.p50Ms)),
    ),
  );
  const fallback = (['p50Ms', 'p99Ms'] as const).flatMap((at) =>
    judged(
      {
        ...{ subject, what: `breaker open: the fallback is asked, ${at.slice(0, 3)}`, unit: 'ms' },
        bar: { atMost: maxFallbackMs },
      },
      spreadOf(models.breaker.map((times) => times[at])),
    ),
  );
  return [
    ...overhead,
    ...fallback,
    ...judged(
      {
        ...{ subject, what: 'a first model that is no good adds beyond its time-out', unit: 'ms' },
        bar: { atMost: maxBeyondTimeoutMs },
      },
      models.fallback.length === 0 ? undefined : single(beyondTimeoutMs(models)),
    ),
  ];
}
