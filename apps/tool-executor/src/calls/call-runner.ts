import { foldRun, outcomeUnknown } from '@lumina/agent';
import {
  type Doorbell,
  type FactOf,
  type HandedItem,
  type OutputStream,
  type ToolCallTask,
  itemKind,
  stepItem,
  toolCallTaskSchema,
} from '@lumina/contracts';
import type { CrashPoint } from '@lumina/platform';
import type { Ringer, Via } from '@lumina/queue';
import {
  type Cancellations,
  type ClaimedItem,
  LeaseKeeper,
  type LeaseTimes,
  type RunStore,
  claimedOf,
  commitOf,
  committedHanding,
} from '@lumina/store';
import type { GuardedCall } from '../guarded-call';
import { type Keeping, keepOutput } from '../output/kept-output';
import type { CallOrigin } from '../policy/call-origin';
import { type Tool, type ToolContext, type ToolResult, failure, reconcileTool } from '../tool';
import type { CallLog } from './call-log';
import { type CallTrace, type CallTracing, callTrace } from './call-trace';
import { Workspace } from '../workspace';
import type { Workspaces } from './workspaces';

export interface CallDependencies {
  readonly store: RunStore;
  readonly ringer: Pick<Ringer, 'ring'> & Partial<Pick<Ringer, 'door'>>;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly workspaces: Pick<Workspaces, 'open'>;
  readonly guarded: GuardedCall;
  readonly log: CallLog;
  readonly leaseTimes: LeaseTimes;
  readonly cancellations: Pick<Cancellations, 'watch'>;
  readonly nextOwner: () => string;
  readonly nowMs: () => number;
  readonly digest: (text: string) => string;
  /** Takes secrets out of what a tool says of an earlier attempt. */
  readonly scrub: (text: string) => string;
  readonly reached: CrashPoint;
  /** Aborted when the process is to let go of what it holds. */
  readonly letGo: AbortSignal;
  /** Absent: nothing is traced. */
  readonly traces?: CallTracing | undefined;
}

interface Call {
  readonly claimed: ClaimedItem;
  readonly task: ToolCallTask;
  readonly keeper: LeaseKeeper;
  readonly startedAtMs: number;
  readonly trace: CallTrace | undefined;
  /** Whether this holder, or one before it, may have had the tool at work: from then on nobody can say that nothing happened. */
  readonly past: { mayHaveBegun: boolean };
}

/**
 * One tool call: claim, unless it was handed over → run in its workspace → commit → ring. An error of the tool is an answer to the model; only broken
 * infrastructure leaves the call open for another executor.
 */
export class CallRunner {
  constructor(private readonly dependencies: CallDependencies) {}

  async answer(doorbell: Doorbell, via?: Via, handed?: HandedItem): Promise<void> {
    if (itemKind(doorbell.item) !== 'call') return;
    const { store, leaseTimes, log, nowMs, cancellations, reached, letGo } = this.dependencies;
    const claimed = await this.claimed(doorbell, handed);
    if (claimed === undefined) return;
    reached('call.claimed');
    const keeper = new LeaseKeeper(store, claimed.lease, leaseTimes, { cancellations, letGo });
    const past = { mayHaveBegun: claimed.mayHaveBegun };
    let trace: CallTrace | undefined;
    try {
      const task = toolCallTaskSchema.parse(JSON.parse(claimed.data));
      trace = callTrace(this.dependencies.traces, { claimed, task, via });
      const call = { claimed, task, keeper, startedAtMs: nowMs(), past, trace };
      log.begun(call);
      const earlier = await this.earlierOutcome(call);
      if (earlier === 'unknown') return await this.reportUnknown(call);
      const result = earlier === 'none' ? await this.run(call) : earlier;
      if (this.isUnknown(call, result)) return await this.reportUnknown(call);
      await this.settle(call, result);
    } catch (error) {
      await keeper.release(leaseTimes.leaseMs, past.mayHaveBegun);
      trace?.end('broken');
      throw error;
    } finally {
      trace?.end();
    }
  }

  /**
   * A call that may be made again is handed over and needs no claim. If the catalogue said so of a tool that this executor knows otherwise, it is
   * claimed for what it is: its beginning must be on record, and confirmed, before it begins.
   */
  private async claimed({ run, item }: Doorbell, handed?: HandedItem): Promise<ClaimedItem | undefined> {
    const { store, nextOwner, leaseTimes, tools } = this.dependencies;
    if (handed !== undefined) {
      const { tool } = JSON.parse(handed.data) as Partial<ToolCallTask>;
      if (tools.get(tool ?? '')?.isIdempotent === true) return claimedOf(handed);
    }
    const owner = handed?.of.owner ?? nextOwner();
    const outcome = await store.claim({ run, item }, owner, leaseTimes.leaseMs, 'item only');
    return outcome.kind === 'claimed' ? outcome.claimed : undefined;
  }

  /**
   * What an earlier attempt left. `none`: the tool may be run, because nothing was begun or because it may be repeated.
   */
  private async earlierOutcome(call: Call): Promise<ToolResult | 'none' | 'unknown'> {
    const left = await this.leftBehind(call);
    return left === 'none' && (call.claimed.isCancelled || call.keeper.isCancelled)
      ? failure('cancelled', 'the run was cancelled, so this call was not run')
      : left;
  }

  private async leftBehind(call: Call): Promise<ToolResult | 'none' | 'unknown'> {
    const { claimed, task } = call;
    const tool = this.dependencies.tools.get(task.tool);
    if (!claimed.mayHaveBegun || tool === undefined || tool.isIdempotent) return 'none';
    const reconciled = await this.inWorkspace(call, tool, (context) =>
      reconcileTool(tool, task.args, context),
    );
    if (reconciled.kind === 'done')
      return { kind: 'ok', content: this.dependencies.scrub(reconciled.content) };
    return reconciled.kind === 'not_done' ? 'none' : 'unknown';
  }

  /** Whoever ran the tool for us fell silent half-way, and it must not be repeated. */
  private isUnknown({ task }: Call, result: ToolResult): boolean {
    const isSilent = result.kind === 'error' && result.isOutcomeUnknown === true;
    return isSilent && this.dependencies.tools.get(task.tool)?.isIdempotent !== true;
  }

  private async run(call: Call): Promise<ToolResult> {
    const { task, past, keeper } = call;
    const { tools, guarded, workspaces } = this.dependencies;
    const tool = tools.get(task.tool);
    if (tool === undefined) return failure('not_found', `no executor runs a tool "${task.tool}" any more`);
    return this.inWorkspace(call, tool, (context) => {
      const onBegin = (): void => {
        if (!context.signal.aborted) past.mayHaveBegun = true;
      };
      const keep = async (text: string): Promise<Keeping> => {
        const workspace = await workspaces.open(task.workspaceThread);
        return keepOutput(workspace, context, text).finally(() => workspace.close());
      };
      const show = (stream: OutputStream, text: string): void =>
        keeper.show({ type: 'output', callId: task.callId, stream, text });
      return guarded(tool, task.args, context, { origin: originOf(call), onBegin, keep, show });
    });
  }

  private async inWorkspace<Result>(
    { claimed, task, keeper }: Call,
    { usesWorkspace = true }: Tool,
    work: (context: ToolContext) => Promise<Result>,
  ): Promise<Result> {
    const { workspaces } = this.dependencies;
    const workspace = usesWorkspace ? await workspaces.open(task.workspaceThread) : Workspace.none();
    try {
      const { run, item } = claimed.lease;
      // The same for a retry that a person decided on: what may have been done already must be recognisable outside.
      const idempotencyKey = `${run}/${item.replace(/~\d+$/, '')}`;
      return await work({ workspace, signal: keeper.signal, idempotencyKey });
    } finally {
      workspace.close();
    }
  }

  private async reportUnknown(call: Call): Promise<void> {
    const { nowMs, digest, store, ringer, log, letGo } = this.dependencies;
    const { claimed, keeper, task } = call;
    if (letGo.aborted) return this.giveBack(call);
    await keeper.finish();
    // Read again: a run that was cancelled while its tool was asked must not go on to wait for a person.
    const state = foldRun(claimed.lease.run, await store.journal(claimed.thread));
    const command = outcomeUnknown(state, task, { nowMs: nowMs(), digest });
    if (command === undefined) throw new Error(`the journal knows no open call for ${claimed.lease.item}`);
    const outcome = await store.commit(claimed.lease, commitOf(state, command));
    log.unknown(call, outcome.kind);
    if (outcome.kind === 'committed') await ringer.ring(outcome.opened);
  }

  private async settle(call: Call, result: ToolResult): Promise<void> {
    const { store, ringer, log, letGo, reached } = this.dependencies;
    const { claimed, keeper, task } = call;
    if (letGo.aborted && result.kind === 'error' && result.type === 'cancelled') return this.giveBack(call);
    reached('call.ran');
    const events = await keeper.finish();
    if (keeper.isLost) return log.ended(call, 'lost', result);
    const fact = this.answeredFact(call, result);
    const next = { status: 'running', open: [], nextItem: stepItem(task.nextStep) } as const;
    const outcome = await committedHanding(store, claimed.lease, { facts: [fact], events, ...next }, ringer);
    reached('call.committed');
    log.ended(call, outcome.kind, result);
    if (outcome.kind === 'committed') await ringer.ring(outcome.opened);
    reached('call.rung');
  }

  private async giveBack({ claimed, keeper, past }: Call): Promise<void> {
    await keeper.release(0, past.mayHaveBegun);
    await this.dependencies.ringer.ring([{ ...claimed.lease, v: claimed.v, place: 0 }]);
  }

  private answeredFact({ claimed, task, startedAtMs }: Call, result: ToolResult): FactOf<'tool.answered'> {
    const at = this.dependencies.nowMs();
    const isError = result.kind === 'error';
    const content = isError ? `Error: ${result.message}` : result.content;
    return {
      run: claimed.lease.run,
      at,
      type: 'tool.answered',
      message: {
        role: 'tool',
        id: task.messageId,
        toolCallId: task.callId,
        name: task.tool,
        content,
        isError,
      },
      durationMs: at - startedAtMs,
      attempt: claimed.lease.epoch,
      isCached: !isError && result.isCached === true,
      digest: this.dependencies.digest(content),
    };
  }
}

function originOf({ claimed, task }: Call): CallOrigin {
  const { lease, thread, tenant, agentDigest } = claimed;
  const { run, item } = lease;
  return { run, item, thread, tenant, user: task.user, agent: task.agent, agentDigest };
}
