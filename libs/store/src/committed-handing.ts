import type { QueueName } from '@lumina/contracts';
import type { Commit, CommitOutcome, Door, Lease, RunStore } from './run-store';

/** Who is there for what is about to be opened. `letGo`: nothing was handed over. */
interface Doors {
  door?: (queue: QueueName, count?: number) => (Door & { readonly letGo: () => void }) | undefined;
}

/**
 * Commits, and hands what may be handed over to workers that are there: all calls of a step to one executor, the next step to an
 * orchestrator if it is this commit that opens it.
 */
export async function committedHanding(
  store: Pick<RunStore, 'commit'>,
  lease: Lease,
  commit: Commit,
  doors: Doors,
): Promise<CommitOutcome> {
  const calls = commit.open.filter(({ mayBeHanded }) => mayBeHanded).length;
  const mayOpenStep =
    commit.status === 'running' && commit.open.length === 0 && (commit.nextItem ?? '') !== '';
  const step = mayOpenStep ? doors.door?.('steps') : undefined;
  const outcome = await store.commit(lease, {
    ...commit,
    doors: { step, calls: calls > 0 ? doors.door?.('tools', calls) : undefined },
  });
  if (outcome.kind !== 'committed' || !outcome.isStepHanded) step?.letGo();
  return outcome;
}
