import type { Fact } from '@lumina/contracts';
import type { Circumstances } from '../circumstances';
import type { Command, Occurrence } from '../commands';
import { decide } from '../decide';
import { foldRun } from '../run-state';
import { circumstances, journalOf } from './run-facts';

/** How a test compares what was commanded with what it expects: its runner's own matcher. */
export type Compare = (command: Command, expected: unknown) => void;

export interface Given {
  /** The same, in other circumstances. */
  under(changes: Partial<Circumstances>): Given;
  when(occurrence: Occurrence): { readonly command: Command; then(expected: unknown): void };
}

/** `given(facts).when(occurrence).then(command)`, about the run `r`. */
export function scenarios(compare: Compare): (...facts: readonly Fact[]) => Given {
  const given = (facts: readonly Fact[], changes: Partial<Circumstances>): Given => ({
    under: (more) => given(facts, { ...changes, ...more }),
    when: (occurrence) => {
      const command = decide(foldRun('r', journalOf(facts)), occurrence, circumstances(changes));
      return { command, then: (expected) => compare(command, expected) };
    },
  });
  return (...facts) => given(facts, {});
}
