import { type Command, type Prompt, type RunState, decide, foldRun } from '@lumina/agent';
import { type AgentDefinition, type Doorbell, type FactOf, itemKey } from '@lumina/contracts';
import type { ModelAnswer, ModelClient, ModelOutcome } from '@lumina/models';
import type { Ringer } from '@lumina/queue';
import {
  type ClaimedItem,
  type Commit,
  LeaseKeeper,
  type LeaseTimes,
  type RunStore,
  type ToolCatalogue,
} from '@lumina/store';
import type { StepLog } from './step-log';
import type { AgentLibrary } from './agent-library';

export interface StepDependencies {
  readonly store: RunStore;
  readonly models: ModelClient;
  readonly agents: AgentLibrary;
  readonly catalogue: Pick<ToolCatalogue, 'offers'>;
  readonly ringer: Pick<Ringer, 'ring'>;
  readonly log: StepLog;
  /** Asked when an agent names no models of its own. */
  readonly defaultChain: readonly string[];
  readonly leaseTimes: LeaseTimes;
  /** A new name for each claim. */
  readonly nextOwner: () => string;
  readonly nowMs: () => number;
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

/**
 * One step of one run: claim → read the journal → decide → ask the model, streaming → decide → commit → ring. Killed
 * between any two of these, the run goes on elsewhere: the lease ends, the sweeper rings, somebody claims with a higher
 * epoch, and a commit that still comes from here is refused.
 */
export class StepRunner {
  constructor(private readonly dependencies: StepDependencies) {}

  async answer({ run, item }: Doorbell): Promise<void> {
    const { store, nextOwner, leaseTimes } = this.dependencies;
    const outcome = await store.claim({ run, item }, nextOwner(), leaseTimes.leaseMs);
    if (outcome.kind !== 'claimed') return;
    const { claimed } = outcome;
    const keeper = new LeaseKeeper(store, claimed.lease, leaseTimes);
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
    const command = decide(
      state,
      { type: 'step.claimed', step: Number(itemKey(item)) },
      await this.circumstances(step),
    );
    await (command.type === 'ask-model' ? this.ask(step, command.prompt) : this.carryOut(step, command));
  }

  private async ask(step: Step, prompt: Prompt): Promise<void> {
    const timeUp = AbortSignal.timeout(Math.max(1, Math.min(prompt.timeLeftMs, 2_147_483_647)));
    const words = new StreamedMessage(step);
    const outcome = await this.askModel(step, prompt, { words, timeUp });
    const { keeper } = step;
    if (keeper.signal.aborted) return this.dependencies.log.ended(step, 'lost');
    if (outcome.kind === 'aborted' && !timeUp.aborted) return this.giveBack(step);
    const circumstances = await this.circumstances(step);
    const occurrence = occurrenceOf(step, outcome, words.id);
    await this.carryOut(step, decide(step.state, occurrence, circumstances));
  }

  private askModel(
    step: Step,
    prompt: Prompt,
    { words, timeUp }: { words: StreamedMessage; timeUp: AbortSignal },
  ): Promise<ModelOutcome> {
    const { models, defaultChain, letGo } = this.dependencies;
    const { agent, keeper } = step;
    const { system, messages, tools } = prompt;
    const { maxOutputTokens, temperature } = agent;
    return models.answer(
      agent.models.length > 0 ? agent.models : defaultChain,
      { system, messages, tools, maxOutputTokens, temperature },
      { onText: (text) => words.say(text), onRestart: () => words.restart() },
      AbortSignal.any([keeper.signal, timeUp, letGo]),
    );
  }

  private async carryOut(step: Step, command: Command): Promise<void> {
    if (command.type === 'ask-model') throw new Error('a step asks its model once');
    const { store, ringer, log } = this.dependencies;
    const commit = commitOf(step, command);
    await step.keeper.finish();
    if (step.keeper.signal.aborted) return log.ended(step, 'lost');
    const outcome = await store.commit(step.claimed.lease, commit);
    log.ended(step, outcome.kind, commit);
    if (outcome.kind === 'committed') await ringer.ring(outcome.opened);
  }

  private async giveBack(step: Step): Promise<void> {
    await step.keeper.release(0);
    this.dependencies.log.ended(step, 'given back');
    await this.dependencies.ringer.ring([{ ...step.claimed.lease, v: step.claimed.v }]);
  }

  private async circumstances({ agent, claimed }: Pick<Step, 'agent' | 'claimed'>) {
    const { catalogue, nowMs } = this.dependencies;
    return { agent, offers: await catalogue.offers(), thread: claimed.thread, nowMs: nowMs() };
  }
}

/** The message that a step streams. A restart gives it a new name: what was shown under the old one is discarded. */
class StreamedMessage {
  private restarts = 0;
  private isShown = false;

  constructor(private readonly step: Step) {}

  get id(): string {
    const { run, item, epoch } = this.step.claimed.lease;
    const name = `msg-${run}-${itemKey(item)}-${epoch}`;
    return this.restarts === 0 ? name : `${name}-${this.restarts}`;
  }

  say(text: string): void {
    this.isShown = true;
    this.step.keeper.say(this.id, text);
  }

  restart(): void {
    if (this.isShown) this.step.keeper.discard(this.id);
    this.isShown = false;
    this.restarts += 1;
  }
}

function occurrenceOf(step: Step, outcome: ModelOutcome, messageId: string) {
  switch (outcome.kind) {
    case 'answered':
      return { type: 'model.answered', fact: answeredFact(step, outcome.answer, messageId) } as const;
    case 'failed':
      return { type: 'model.failed', code: outcome.code, message: outcome.message } as const;
    case 'aborted':
      return {
        type: 'model.failed',
        code: 'LUM_WALL_TIME_LIMIT',
        message: `The run's wall time (${step.agent.limits.wallTimeMs} ms) was up while the model was answering.`,
      } as const;
  }
}

function answeredFact({ claimed }: Step, answer: ModelAnswer, messageId: string): FactOf<'model.answered'> {
  const { run, item, epoch } = claimed.lease;
  return {
    run,
    at: Date.now(),
    type: 'model.answered',
    step: Number(itemKey(item)),
    message: { role: 'assistant', id: messageId, ...answer.message },
    model: answer.model,
    usage: answer.usage,
    costUsd: answer.costUsd,
    finishReason: answer.finishReason,
    attempt: epoch,
    durationMs: answer.durationMs,
    timeToFirstTokenMs: answer.timeToFirstTokenMs,
    ...(answer.requestId === undefined ? {} : { requestId: answer.requestId }),
  };
}

function commitOf({ state }: Step, command: Exclude<Command, { type: 'ask-model' }>): Commit {
  switch (command.type) {
    case 'nothing':
      return { facts: [], status: endedStatus(state), open: [] };
    case 'advance': {
      const open = command.open.map(({ item, task }) => ({ item, data: JSON.stringify(task) }));
      return { facts: command.facts, status: 'running', open, nextItem: command.nextItem };
    }
    case 'end': {
      const { facts, status, parentAnswer } = command;
      if (parentAnswer === undefined || state.parent === undefined) return { facts, status, open: [] };
      const { run, thread, item, nextStep } = state.parent;
      const parent = { run, thread, item, fact: parentAnswer, nextItem: `step:${nextStep}` };
      return { facts, status, open: [], parent };
    }
  }
}

function endedStatus({ run, phase }: RunState): 'succeeded' | 'failed' {
  if (phase.name === 'succeeded' || phase.name === 'failed') return phase.name;
  throw new Error(`run ${run} has not ended, and yet nothing follows for it`);
}
