import { createHash } from 'node:crypto';
import {
  type ApprovalAnswer,
  type BudgetAnswer,
  type Command,
  type Occurrence,
  type RunState,
  decide,
  foldRun,
} from '@lumina/agent';
import { type ErrorCode, LuminaError, itemKind } from '@lumina/contracts';
import type { AgentLibrary } from './agent-library';
import { childIds } from './child-ids';
import { commitOf, isStored } from './commit-of';
import type { RingableItem, RunSnapshot, RunStore } from './run-store';
import type { ToolCatalogue } from './tool-catalogue';

export interface InterventionDependencies {
  readonly store: RunStore;
  readonly ringer: { ring(items: readonly RingableItem[]): Promise<void> };
  readonly agents: AgentLibrary;
  readonly catalogue: Pick<ToolCatalogue, 'offers'>;
}

export interface Cancellation {
  readonly by: string;
  readonly reason: string | undefined;
  readonly isRollback: boolean;
}

/** Workers commit between our reading and our writing; so often we read again before we give up. */
const attempts = 10;

/** Changes runs from outside their workers: people's decisions, cancellations. */
export class Interventions {
  constructor(private readonly dependencies: InterventionDependencies) {}

  /**
   * Decides about calls that wait: about all of them, in one write, or about none.
   *
   * @throws LuminaError LUM_APPROVAL_*, LUM_RUN_ENDED, LUM_CONFLICT, LUM_VALIDATION_FAILED
   */
  async answer(run: string, answers: readonly ApprovalAnswer[]): Promise<void> {
    await this.intervene(run, 'decide', () => ({ type: 'approval.answered', answers }));
  }

  /** @throws LuminaError LUM_APPROVAL_*, LUM_RUN_ENDED, LUM_CONFLICT, LUM_VALIDATION_FAILED */
  async answerBudget(run: string, answer: BudgetAnswer): Promise<void> {
    await this.intervene(run, 'decide', () => ({ type: 'budget.answered', answer }));
  }

  /**
   * Cancels a run and the subagents' runs that it waits for.
   *
   * @throws LuminaError LUM_RUN_ENDED when there is nothing left to cancel
   */
  async cancel(run: string, cancellation: Cancellation): Promise<void> {
    try {
      const before = await this.intervene(run, 'cancel', ({ items }) => {
        const openItems = items.filter(({ isOpen }) => isOpen).map(({ item }) => item);
        return { type: 'cancel.asked', ...cancellation, openItems };
      });
      await this.cancelChildren(before, cancellation.by);
    } catch (error) {
      // Who asked before may not have come as far as the subagents' runs.
      const known = isOneOf(error, ['LUM_CONFLICT']) ? await this.dependencies.store.run(run) : undefined;
      if (known?.isCancelled === true) await this.cancelChildren(known, cancellation.by);
      throw error;
    }
  }

  /** A child that has not begun or has ended meanwhile needs no cancelling: its parent's next step ends the parent. */
  async cancelChild(run: string, by: string): Promise<void> {
    try {
      await this.cancel(run, { by, reason: 'its parent was cancelled', isRollback: false });
    } catch (error) {
      if (!isOneOf(error, ['LUM_RUN_NOT_FOUND', 'LUM_RUN_ENDED', 'LUM_CONFLICT'])) throw error;
    }
  }

  private async cancelChildren({ run, items }: RunSnapshot, by: string): Promise<void> {
    const children = items.filter(({ item, isOpen }) => isOpen && itemKind(item) === 'child');
    await Promise.all(children.map(({ item }) => this.cancelChild(childIds(run, item).run, by)));
  }

  /** Returns the run as it was when the change was decided. */
  private async intervene(
    run: string,
    kind: 'cancel' | 'decide',
    occurrenceOf: (snapshot: RunSnapshot) => Occurrence,
  ): Promise<RunSnapshot> {
    const { store, ringer } = this.dependencies;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const { snapshot, state } = await this.read(run);
      const command = decide(state, occurrenceOf(snapshot), await this.circumstances(snapshot));
      const commit = commitOf(state, checked(command, run));
      const outcome = await store.intervene({ ...commit, run, v: snapshot.v, kind });
      if (outcome.kind === 'missing') throw notFound(run);
      if (outcome.kind === 'conflict') continue;
      await ringer.ring(outcome.opened);
      return snapshot;
    }
    throw new LuminaError('LUM_CONFLICT', `Run ${run} is changing quickly; try again.`, {
      retryAfterMs: 1_000,
    });
  }

  private async read(run: string): Promise<{ snapshot: RunSnapshot; state: RunState }> {
    const snapshot = await this.dependencies.store.run(run);
    if (snapshot === undefined) throw notFound(run);
    const journal = await this.dependencies.store.journal(snapshot.thread);
    return { snapshot, state: foldRun(run, journal) };
  }

  private async circumstances({ agentDigest, thread }: RunSnapshot) {
    const { agents, catalogue } = this.dependencies;
    const [agent, offers] = await Promise.all([agents.get(agentDigest), catalogue.offers()]);
    return { agent, offers, thread, nowMs: Date.now(), digest: sha256 };
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function checked(command: Command, run: string) {
  if (command.type === 'refuse') throw new LuminaError(command.code, command.message);
  if (command.type === 'nothing') throw new LuminaError('LUM_RUN_ENDED', `Run ${run} has ended already.`);
  if (isStored(command)) return command;
  throw new Error(`an intervention cannot carry out ${command.type}`);
}

const isOneOf = (error: unknown, codes: readonly ErrorCode[]): boolean =>
  error instanceof LuminaError && codes.includes(error.code);

const notFound = (run: string): LuminaError =>
  new LuminaError('LUM_RUN_NOT_FOUND', `Run with ID ${run} not found`);
