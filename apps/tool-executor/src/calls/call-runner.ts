import { createHash } from 'node:crypto';
import {
  type Doorbell,
  type FactOf,
  type ToolCallTask,
  itemKind,
  stepItem,
  toolCallTaskSchema,
} from '@lumina/contracts';
import type { Ringer } from '@lumina/queue';
import { type ClaimedItem, LeaseKeeper, type LeaseTimes, type RunStore } from '@lumina/store';
import { type Tool, type ToolResult, failure, runTool } from '../tool';
import type { CallLog } from './call-log';
import type { Workspaces } from './workspaces';

export interface CallDependencies {
  readonly store: RunStore;
  readonly ringer: Pick<Ringer, 'ring'>;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly workspaces: Pick<Workspaces, 'open'>;
  readonly log: CallLog;
  readonly leaseTimes: LeaseTimes;
  readonly nextOwner: () => string;
  readonly nowMs: () => number;
  /** Aborted when the process is to let go of what it holds. */
  readonly letGo: AbortSignal;
}

interface Call {
  readonly claimed: ClaimedItem;
  readonly task: ToolCallTask;
  readonly keeper: LeaseKeeper;
  readonly startedAtMs: number;
}

/**
 * One tool call: claim → run in its workspace → commit → ring. An error of the tool is an answer to the model; only broken
 * infrastructure leaves the call open for another executor.
 */
export class CallRunner {
  constructor(private readonly dependencies: CallDependencies) {}

  async answer({ run, item }: Doorbell): Promise<void> {
    if (itemKind(item) !== 'call') return;
    const { store, nextOwner, leaseTimes, log, nowMs } = this.dependencies;
    const outcome = await store.claim({ run, item }, nextOwner(), leaseTimes.leaseMs);
    if (outcome.kind !== 'claimed') return;
    const { claimed } = outcome;
    const keeper = new LeaseKeeper(store, claimed.lease, leaseTimes);
    try {
      const task = toolCallTaskSchema.parse(JSON.parse(claimed.data));
      const call = { claimed, task, keeper, startedAtMs: nowMs() };
      log.begun(call);
      await this.settle(call, await this.run(call));
    } catch (error) {
      await keeper.release(leaseTimes.leaseMs);
      throw error;
    }
  }

  private async run({ claimed, task, keeper }: Call): Promise<ToolResult> {
    const { tools, workspaces, letGo } = this.dependencies;
    const tool = tools.get(task.tool);
    if (tool === undefined) return failure('not_found', `no executor runs a tool "${task.tool}" any more`);
    const workspace = await workspaces.open(task.workspaceThread);
    try {
      const { run, item } = claimed.lease;
      const signal = AbortSignal.any([keeper.signal, letGo]);
      return await runTool(tool, task.args, { workspace, signal, idempotencyKey: `${run}/${item}` });
    } finally {
      workspace.close();
    }
  }

  private async settle(call: Call, result: ToolResult): Promise<void> {
    const { store, ringer, log, letGo } = this.dependencies;
    const { claimed, keeper, task } = call;
    if (letGo.aborted && result.kind === 'error' && result.type === 'cancelled') return this.giveBack(call);
    await keeper.finish();
    if (keeper.signal.aborted) return log.ended(call, 'lost', result);
    const fact = this.answeredFact(call, result);
    const commit = { facts: [fact], status: 'running', open: [], nextItem: stepItem(task.nextStep) } as const;
    const outcome = await store.commit(claimed.lease, commit);
    log.ended(call, outcome.kind, result);
    if (outcome.kind === 'committed') await ringer.ring(outcome.opened);
  }

  private async giveBack({ claimed, keeper }: Call): Promise<void> {
    await keeper.release(0);
    await this.dependencies.ringer.ring([{ ...claimed.lease, v: claimed.v }]);
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
      isCached: false,
      digest: createHash('sha256').update(content).digest('hex'),
    };
  }
}
