import type { RunState } from './run-state';

/**
 * Decisions that have changed since runs began by the old ones. A run is decided about as it began (promise P5): its first fact
 * records the flags in force, and whoever decides asks the run, never the release. Invariants:
 *
 * N1 A number is used once. What is listed here is never changed, renumbered or removed, for journals name it for ever.
 * N2 A run without a flag is decided about as before the flag: both ways stay in the code, and old journals prove the old one.
 * N3 The list is in the order of the numbers, 1, 2, 3 …
 * N4 Nobody decides about a run that has a flag which he does not know: a later version began it, and knows (unknownFlags).
 */
export const decisionFlags = {
  /** The time in which all that is left of a run waits for people does not count as its wall time. */
  restIsNotWork: 1,
  /** A run whose models are all out of reach waits for them, where its agent allows, instead of failing. */
  outageIsWaitedFor: 2,
  /** What a model says is checked: its answers against the agent's rules, its calls against the tools' schemas. */
  answersAreChecked: 3,
} as const satisfies Record<string, number>;

/** What a run that begins now records. */
export const flagsInForce: readonly number[] = Object.values(decisionFlags);

/** The run's flags that this version has never heard of. */
export const unknownFlags = ({ flags }: Pick<RunState, 'flags'>): readonly number[] =>
  flags.filter((flag) => !flagsInForce.includes(flag));

export const hasFlag = ({ flags }: Pick<RunState, 'flags'>, flag: keyof typeof decisionFlags): boolean =>
  flags.includes(decisionFlags[flag]);
