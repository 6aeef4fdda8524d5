import { flagsInForce, foldRun, parentAnswer } from '@lumina/agent';
import {
  type DelegationTask,
  type Doorbell,
  type Fact,
  type FactOf,
  delegationTaskSchema,
  isEnding,
  stepItem,
} from '@lumina/contracts';
import { type CrashPoint, runContext, traceparentOf } from '@lumina/platform';
import type { Ringer } from '@lumina/queue';
import {
  type ClaimedItem,
  type Interventions,
  LeaseKeeper,
  type LeaseTimes,
  type NewRun,
  type RunStore,
  childIds,
  noCaps,
} from '@lumina/store';
import type { KnownAgents, KnownAgent } from './known-agents';

export interface ChildDependencies {
  readonly store: RunStore;
  readonly ringer: Pick<Ringer, 'ring'>;
  readonly agents: KnownAgents;
  readonly leaseTimes: LeaseTimes;
  readonly nextOwner: () => string;
  readonly nowMs: () => number;
  readonly reached: CrashPoint;
  readonly interventions: Pick<Interventions, 'cancelChild'>;
}

/** A subagent's run that nobody hears of is looked at this often. */
const lookAgainMs = 60_000;

/**
 * Starts a subagent's run for a delegated call and leaves the call open: the end of the child's run answers it, in the same atomic step.
 * The child's ids follow from the parent's, so that starting it twice starts it once.
 */
export class ChildStarter {
  constructor(private readonly dependencies: ChildDependencies) {}

  async answer({ run, item }: Doorbell): Promise<void> {
    const { store, nextOwner, leaseTimes } = this.dependencies;
    const outcome = await store.claim({ run, item }, nextOwner(), leaseTimes.leaseMs);
    if (outcome.kind !== 'claimed') return;
    const keeper = new LeaseKeeper(store, outcome.claimed.lease, leaseTimes);
    try {
      await this.start(outcome.claimed, keeper);
    } catch (error) {
      await keeper.release(leaseTimes.leaseMs);
      throw error;
    }
  }

  private async start(claimed: ClaimedItem, keeper: LeaseKeeper): Promise<void> {
    const { agents, store, ringer, reached, interventions } = this.dependencies;
    const task = delegationTaskSchema.parse(JSON.parse(claimed.data));
    const agent = agents.get(task.agent);
    if (agent === undefined)
      return this.refuse(claimed, keeper, { task, why: `there is no agent "${task.agent}" here any more.` });
    if (claimed.isCancelled && (await this.isUnborn(claimed)))
      return this.refuse(claimed, keeper, {
        task,
        why: 'the run was cancelled, so no subagent was started.',
      });
    await store.putAgent(agent.digest, agent.json);
    const child = this.childOf(claimed, task, agent);
    reached('child.claimed');
    const created = await store.create(child);
    reached('child.created');
    const known = created.kind === 'exists' ? await store.run(child.run) : undefined;
    const hasEnded = known !== undefined && known.status !== 'running' && known.status !== 'queued';
    if (hasEnded) return this.pass(claimed, keeper, child);
    await keeper.release(lookAgainMs);
    reached('child.parked');
    if (created.kind === 'created')
      await ringer.ring([{ run: child.run, item: stepItem(1), v: created.v, place: created.place }]);
    else if (created.kind !== 'exists')
      throw new Error(`a subagent's run could not be created: ${created.kind}`);
    // Whoever cancelled the run may have looked for its subagent before there was one.
    if (keeper.isCancelled) await interventions.cancelChild(child.run, `run:${claimed.lease.run}`);
  }

  private async isUnborn({ lease }: ClaimedItem): Promise<boolean> {
    return (await this.dependencies.store.run(childIds(lease.run, lease.item).run)) === undefined;
  }

  private childOf(claimed: ClaimedItem, task: DelegationTask, agent: KnownAgent): NewRun {
    const { run: parentRun, item } = claimed.lease;
    const { run, thread } = childIds(parentRun, item);
    const { callId, messageId, nextStep, depth, workspaceThread, user } = task;
    // Below its parent's run, in the same trace.
    const trace = runContext(parentRun, task.traceparent);
    const accepted: FactOf<'run.accepted'> = {
      run,
      at: this.dependencies.nowMs(),
      type: 'run.accepted',
      agent: task.agent,
      agentDigest: agent.digest,
      input: [{ role: 'user', id: `${run}-task`, content: task.task }],
      limits: agent.limits,
      depth,
      parent: { run: parentRun, thread: claimed.thread, item, callId, messageId, nextStep },
      workspaceThread,
      flags: [...flagsInForce],
      ...(user === undefined ? {} : { user }),
      ...(trace === undefined ? {} : { traceparent: traceparentOf(trace) }),
    };
    return {
      run,
      thread,
      tenant: claimed.tenant,
      accepted,
      requestDigest: `${parentRun}/${item}`,
      ifThreadMissing: 'create',
      ifThreadBusy: 'enqueue',
      threadMetadata: { parent_run_id: parentRun },
      // A subagent's run is its parent's work: were it to wait for room, the parent would hold that room for ever.
      caps: noCaps,
      isListed: false,
    };
  }

  /** The child ended and its parent never heard of it: its journal knows the answer. */
  private async pass(claimed: ClaimedItem, keeper: LeaseKeeper, child: NewRun): Promise<void> {
    const journal = await this.dependencies.store.journal(child.thread);
    const ending = journal.map(({ fact }) => fact).find(isEnding);
    if (ending === undefined) throw new Error(`run ${child.run} has ended, but its journal does not say how`);
    const answer = parentAnswer(foldRun(child.run, journal), ending);
    if (answer === undefined) throw new Error(`run ${child.run} has no parent`);
    await this.commit(claimed, keeper, answer);
  }

  private async refuse(
    claimed: ClaimedItem,
    keeper: LeaseKeeper,
    { task, why }: { readonly task: DelegationTask; readonly why: string },
  ): Promise<void> {
    const content = `Error: ${why}`;
    const { callId, messageId } = task;
    await this.commit(claimed, keeper, {
      run: claimed.lease.run,
      at: this.dependencies.nowMs(),
      type: 'tool.answered',
      message: { role: 'tool', id: messageId, toolCallId: callId, name: 'delegate', content, isError: true },
      durationMs: 0,
      attempt: claimed.lease.epoch,
      isCached: false,
    });
  }

  private async commit(claimed: ClaimedItem, keeper: LeaseKeeper, fact: Fact): Promise<void> {
    const { store, ringer } = this.dependencies;
    const { nextStep } = delegationTaskSchema.parse(JSON.parse(claimed.data));
    await keeper.finish();
    const nextItem = stepItem(nextStep);
    const outcome = await store.commit(claimed.lease, {
      facts: [fact],
      status: 'running',
      open: [],
      nextItem,
    });
    if (outcome.kind === 'committed') await ringer.ring(outcome.opened);
  }
}
