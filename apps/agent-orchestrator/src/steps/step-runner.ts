import {
  type Circumstances,
  type Command,
  type Occurrence,
  type Prompt,
  type RunState,
  decide,
  foldRun,
  occurrenceOf,
} from '@lumina/agent';
import { type AgentDefinition, type Doorbell, type ItemKind, itemKind, LuminaError } from '@lumina/contracts';
import type { ModelClient, ModelOutcome } from '@lumina/models';
import type { CrashPoint } from '@lumina/platform';
import type { Ringer } from '@lumina/queue';
import {
  type AgentLibrary,
  type Cancellations,
  type ClaimedItem,
  LeaseKeeper,
  type LeaseTimes,
  type RunStore,
  type SwitchBoard,
  type ToolCatalogue,
  commitOf,
  isStored,
} from '@lumina/store';
import type { StepLog } from './step-log';
import { StreamedMessage } from './streamed-message';

export interface StepDependencies {
  readonly store: RunStore;
  readonly models: ModelClient;
  readonly agents: AgentLibrary;
  readonly catalogue: Pick<ToolCatalogue, 'offers'>;
  readonly switches: Pick<SwitchBoard, 'offFor'>;
  readonly ringer: Pick<Ringer, 'ring'>;
  readonly log: StepLog;
  /** Asked for when an agent names no models of its own; may fail with a LuminaError while no model is reachable. */
  readonly defaultChain: () => Promise<readonly string[]>;
  readonly leaseTimes: LeaseTimes;
  readonly cancellations: Pick<Cancellations, 'watch'>;
  readonly digest: (text: string) => string;
  /** A new name for each claim. */
  readonly nextOwner: () => string;
  readonly nowMs: () => number;
  readonly reached: CrashPoint;
  /** Aborted when the process is to let go of what it holds. */
  readonly letGo: AbortSignal;
}

interface Step {
  readonly claimed: ClaimedItem;
  readonly agent: AgentDefinition;
  readonly state: RunState;
  readonly keeper: LeaseKeeper;
  readonly startedAtMs: number;
}

/** The longest that a timer can be set for. */
const longestTimerMs = 2_147_483_647;

/** The kinds of items that are answered here; a doorbell for another has come to the wrong door. */
const answered: readonly ItemKind[] = ['step', 'ask', 'budget'];

/**
 * One step of one run: claim → read the journal → decide → ask the model, streaming → decide → commit → ring. Killed
 * between any two of these, the run goes on elsewhere: the lease ends, the sweeper rings, somebody claims with a higher
 * epoch, and a commit that still comes from here is refused. An `ask:` or `budget:` item comes here when its
 * time is up.
 */
export class StepRunner {
  constructor(private readonly dependencies: StepDependencies) {}

  async answer({ run, item }: Doorbell): Promise<void> {
    if (!answered.includes(itemKind(item))) return;
    const { store, nextOwner, leaseTimes, cancellations } = this.dependencies;
    const outcome = await store.claim({ run, item }, nextOwner(), leaseTimes.leaseMs);
    if (outcome.kind !== 'claimed') return;
    const { claimed } = outcome;
    this.dependencies.reached('step.claimed');
    const keeper = new LeaseKeeper(store, claimed.lease, leaseTimes, cancellations);
    try {
      await this.run(claimed, keeper);
    } catch (error) {
      // The item is given back, to be tried again a little later: by then a passing fault has passed.
      await keeper.release(leaseTimes.leaseMs);
      throw error;
    }
  }

  private async run(claimed: ClaimedItem, keeper: LeaseKeeper): Promise<void> {
    const { agents, nowMs, log } = this.dependencies;
    const { run, item } = claimed.lease;
    if (claimed.partialMessageId !== undefined) keeper.discard(claimed.partialMessageId);
    const agent = await agents.get(claimed.agentDigest);
    const state = foldRun(run, claimed.journal);
    const step: Step = { claimed, agent, state, keeper, startedAtMs: nowMs() };
    log.begun(step);
    const command = decide(state, occurrenceOf(item), await this.circumstances(step));
    await (command.type === 'ask-model' ? this.ask(step, command.prompt) : this.carryOut(step, command));
  }

  private async ask(step: Step, prompt: Prompt): Promise<void> {
    const { keeper, claimed } = step;
    const timeUp = AbortSignal.timeout(Math.max(1, Math.min(prompt.timeLeftMs, longestTimerMs)));
    const words = new StreamedMessage(claimed.lease, keeper);
    const outcome = await this.askModel(step, prompt, { words, timeUp });
    if (keeper.signal.aborted) return this.dependencies.log.ended(step, 'lost');
    const isLetGo = outcome.kind === 'aborted' && !timeUp.aborted && !keeper.cancelled.aborted;
    if (isLetGo) return this.giveBack(step);
    const occurrence = this.occurrence(step, outcome, words);
    // A cancellation is in the journal only since this step began.
    const state = occurrence.type === 'model.cut' ? await this.stateNow(claimed) : step.state;
    await this.carryOut(step, decide(state, occurrence, await this.circumstances(step)));
  }

  private async stateNow({ lease, thread }: ClaimedItem): Promise<RunState> {
    return foldRun(lease.run, await this.dependencies.store.journal(thread));
  }

  private async askModel(
    { agent, keeper }: Step,
    { system, messages, tools }: Prompt,
    { words, timeUp }: { words: StreamedMessage; timeUp: AbortSignal },
  ): Promise<ModelOutcome> {
    const { models, letGo } = this.dependencies;
    const { maxOutputTokens, temperature } = agent;
    const chain = await this.chainOf(agent);
    if ('kind' in chain) return chain;
    return models.answer(
      chain,
      { system, messages, tools, maxOutputTokens, temperature },
      { onText: (text) => words.say(text), onRestart: () => words.restart() },
      AbortSignal.any([keeper.signal, keeper.cancelled, timeUp, letGo]),
    );
  }

  private async chainOf({ models }: AgentDefinition): Promise<readonly string[] | ModelOutcome> {
    if (models.length > 0) return models;
    try {
      return await this.dependencies.defaultChain();
    } catch (error) {
      if (!(error instanceof LuminaError)) throw error;
      const { message } = error;
      const code = error.code === 'LUM_MODEL_REJECTED' ? error.code : 'LUM_MODEL_UNAVAILABLE';
      return { kind: 'failed', code, message, attempts: 1 };
    }
  }

  private occurrence({ agent, keeper }: Step, outcome: ModelOutcome, words: StreamedMessage): Occurrence {
    const { nowMs } = this.dependencies;
    switch (outcome.kind) {
      case 'answered':
        return { type: 'model.answered', fact: words.answered(outcome.answer, nowMs()) };
      case 'failed':
        return { type: 'model.failed', code: outcome.code, message: outcome.message };
      case 'aborted': {
        if (keeper.cancelled.aborted) return { type: 'model.cut', fact: words.cut(nowMs()) };
        const { wallTimeMs } = agent.limits;
        const message = `The run's wall time (${wallTimeMs} ms) was up while the model was answering.`;
        return { type: 'model.failed', code: 'LUM_WALL_TIME_LIMIT', message };
      }
    }
  }

  private async carryOut(step: Step, command: Command): Promise<void> {
    const { store, ringer, log, nowMs, reached } = this.dependencies;
    const { keeper, claimed, state } = step;
    if (command.type === 'wait') return keeper.release(Math.max(0, command.untilMs - nowMs()));
    if (!isStored(command)) throw new Error(`a step cannot carry out ${command.type}`);
    const commit = commitOf(state, command);
    reached('step.decided');
    const events = await keeper.finish();
    if (keeper.signal.aborted) return log.ended(step, 'lost');
    const outcome = await store.commit(claimed.lease, { ...commit, events });
    reached('step.committed');
    log.ended(step, outcome.kind, commit);
    if (outcome.kind === 'committed') await ringer.ring(outcome.opened);
    reached('step.rung');
  }

  private async giveBack(step: Step): Promise<void> {
    await step.keeper.release(0);
    this.dependencies.log.ended(step, 'given back');
    await this.dependencies.ringer.ring([{ ...step.claimed.lease, v: step.claimed.v, place: 0 }]);
  }

  private async circumstances({ agent, claimed }: Pick<Step, 'agent' | 'claimed'>): Promise<Circumstances> {
    const { catalogue, switches, nowMs, digest } = this.dependencies;
    const { thread, tenant } = claimed;
    const isSwitchedOff = (tool: string): boolean => switches.offFor(tool, tenant) !== undefined;
    return { agent, offers: await catalogue.offers(), isSwitchedOff, thread, nowMs: nowMs(), digest };
  }
}
