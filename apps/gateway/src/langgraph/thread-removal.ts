import { LuminaError, itemKind } from '@lumina/contracts';
import {
  type Interventions,
  type RunSnapshot,
  type RunStore,
  type ThreadDirectory,
  type ThreadSnapshot,
  childIds,
} from '@lumina/store';
import type { Caller } from '../auth/api-keys';
import { ownRun, ownThread } from './ownership';
import type { RunStreams } from './run-stream';

interface Dependencies {
  readonly store: RunStore;
  readonly directory: ThreadDirectory;
  readonly interventions: Interventions;
  readonly streams: Pick<RunStreams, 'ended'>;
}

const endWithinMs = 10_000;

/** Removes threads and runs, with what their subagents left. */
export class ThreadRemoval {
  constructor(private readonly dependencies: Dependencies) {}

  /**
   * Stops what is under way in the thread and removes it.
   *
   * @throws LuminaError LUM_THREAD_NOT_FOUND; LUM_CONFLICT when a run does not stop in time, or a new one has come
   */
  async removeThread(thread: string, { tenant, name }: Pick<Caller, 'tenant' | 'name'>): Promise<void> {
    const { store } = this.dependencies;
    const snapshot = await ownThread(store, thread, tenant);
    const runs = await this.runsOf(thread);
    const unfinished = runs.filter(({ status }) => status === 'queued' || status === 'running');
    // The youngest first: otherwise each that is cancelled would let the next one begin.
    for (const run of [...unfinished].reverse()) await this.stop(run, name);
    await this.forget(snapshot);
  }

  /** @throws LuminaError LUM_RUN_NOT_FOUND; LUM_CONFLICT while the run is not over */
  async removeRun(run: string, thread: string, tenant: string): Promise<void> {
    const { store, directory } = this.dependencies;
    const snapshot = await ownRun(store, { run, thread }, tenant);
    const place = await ownThread(store, thread, tenant);
    if (snapshot.status === 'running' || snapshot.status === 'queued') throw busy(run);
    await this.forgetChildren(snapshot);
    if ((await directory.forget(place, run)) === 'busy') throw busy(run);
  }

  private async stop(run: RunSnapshot, by: string): Promise<void> {
    const { interventions, streams } = this.dependencies;
    try {
      await interventions.cancel(run.run, { by, reason: 'its thread is removed', isRollback: false });
    } catch (error) {
      if (!(error instanceof LuminaError && error.code === 'LUM_RUN_ENDED')) throw error;
    }
    await streams.ended(run, AbortSignal.timeout(endWithinMs));
  }

  /** The subagents' threads first: whoever is interrupted here finds them again by the thread that is left. */
  private async forget(thread: ThreadSnapshot): Promise<void> {
    for (const run of await this.runsOf(thread.thread)) await this.forgetChildren(run);
    if ((await this.dependencies.directory.forget(thread)) === 'busy') throw busy(thread.thread);
  }

  private async forgetChildren({ run, items }: RunSnapshot): Promise<void> {
    for (const { item } of items.filter((one) => itemKind(one.item) === 'child')) {
      const child = await this.dependencies.store.thread(childIds(run, item).thread);
      if (child !== undefined) await this.forget(child);
    }
  }

  private async runsOf(thread: string): Promise<readonly RunSnapshot[]> {
    const { store } = this.dependencies;
    const runs: RunSnapshot[] = [];
    for (const id of await store.runsOfThread(thread)) {
      const run = await store.run(id);
      if (run !== undefined) runs.push(run);
    }
    return runs;
  }
}

const busy = (what: string): LuminaError =>
  new LuminaError('LUM_CONFLICT', `${what} is not over; cancel it and try again.`, { retryAfterMs: 1_000 });
