export type BySubject<T> = Readonly<Record<string, readonly T[]>>;

interface Named {
  readonly name: string;
}

/** A subject whose processes have died: it is measured no longer, and the others are. */
export class SubjectFell extends Error {}

/**
 * Measures each subject once in every round, so that what disturbs the machine for a while disturbs all of them. The same place in
 * two lists is the same round.
 */
export async function interleaved<S extends Named, T>(
  subjects: readonly S[],
  rounds: number,
  measure: (subject: S, round: number) => Promise<T>,
): Promise<BySubject<T>> {
  const found: Record<string, T[]> = Object.fromEntries(subjects.map(({ name }) => [name, []]));
  const fallen = new Set<S>();
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of turned(subjects, round).filter((one) => !fallen.has(one))) {
      try {
        found[subject.name]?.push(await measure(subject, round));
      } catch (error) {
        if (!(error instanceof SubjectFell)) throw error;
        fallen.add(subject);
      }
    }
  }
  return found;
}

/** Another begins in each round, so that none always follows the same one. */
export function turned<T>(all: readonly T[], by: number): readonly T[] {
  const at = all.length === 0 ? 0 : by % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
}
