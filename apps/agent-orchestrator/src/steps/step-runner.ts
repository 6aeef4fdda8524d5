import {
  type Circumstances,
  type Command,
  type Occurrence,
  type PolicyTable,
  type Prompt,
  type RunState,
  decide,
  foldRun,
  occurrenceOf,
  toolsOf,
  unborn,
  unknownFlags,
} from '@lumina/agent';
import {
  type AgentDefinition,
  type Doorbell,
  type HandedItem,
  type ItemKind,
  itemKind,
  LuminaError,
} from '@lumina/contracts';
import type { ModelClient, ModelOutcome } from '@lumina/models';
import type { CrashPoint, Tracing } from '@lumina/platform';
import type { Ringer, Via } from '@lumina/queue';
import {
  type AgentLibrary,
  type Allowance,
  type Cancellations,
  type ClaimedItem,
  LeaseKeeper,
  type LeaseTimes,
  type RunStore,
  type Spent,
  type SwitchBoard,
  type ToolCatalogue,
  claimedOf,
  commitOf,
  committedHanding,
  isStored,
} from '@lumina/store';
import { modelRequest } from './model-request';
import { RoomToAskAgain } from './room-to-ask-again';
import type { StepLog } from './step-log';
import { type StepTrace, stepTrace } from './step-trace';
import { spentOf } from './spent';
import { StreamedMessage } from './streamed-message';
import type { Tariffs } from './tariffs';

export interface StepDependencies {
  readonly store: RunStore;
  readonly models: ModelClient;
  readonly agents: AgentLibrary;
  readonly catalogue: Pick<ToolCatalogue, 'offers'>;
  readonly switches: Pick<SwitchBoard, 'offFor'>;
  /** What the deployment says of a tenant's tools. */
  readonly tenantPolicy?: (tenant: string) => PolicyTable | undefined;
  readonly ringer: Pick<Ringer, 'ring'> & Partial<Pick<Ringer, 'door'>>;
  readonly log: StepLog;
  readonly tariffs: Tariffs;
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
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
}

interface Step {
  readonly claimed: ClaimedItem;
  readonly agent: AgentDefinition;
  readonly state: RunState;
  readonly keeper: LeaseKeeper;
  readonly startedAtMs: number;
  readonly trace: StepTrace | undefined;
  /** Found before the model is asked only where a budget counts what it costs. */
  readonly chain: Chain | undefined;
}

type Chain = readonly string[] | ModelOutcome;

/** Whether the model has been asked: what a call costs that breaks off, nobody knows. */
interface Progress {
  hasAsked: boolean;
  trace: StepTrace | undefined;
}

/** The longest that a timer can be set for. */
const longestTimerMs = 2_147_483_647;

/** The kinds of items that are answered here; a doorbell for another has come to the wrong door. */
const answered: readonly ItemKind[] = ['step', 'ask', 'budget'];

/**
 * One step of one run: claim, unless it was handed over → read the journal → decide → ask the model, streaming → decide → commit → ring. Killed
 * between any two of these, the run goes on elsewhere: the lease ends, the sweeper rings, somebody claims with a higher
 * epoch, and a commit that still comes from here is refused. An `ask:` or `budget:` item comes here when its
 * time is up.
 */
export class StepRunner {
  constructor(private readonly dependencies: StepDependencies) {}

  async answer(doorbell: Doorbell, via?: Via, handed?: HandedItem): Promise<void> {
    if (!answered.includes(itemKind(doorbell.item))) return;
    const { store, leaseTimes, cancellations, letGo } = this.dependencies;
    const claimed = handed === undefined ? await this.claimed(doorbell) : claimedOf(handed);
    if (claimed === undefined) return;
    this.dependencies.reached('step.claimed');
    const keeper = new LeaseKeeper(store, claimed.lease, leaseTimes, { cancellations, letGo });
    const progress: Progress = { hasAsked: false, trace: undefined };
    try {
      await this.run(claimed, keeper, { progress, via });
    } catch (error) {
      // The item is given back, to be tried again a little later: by then a passing fault has passed.
      await keeper.release(leaseTimes.leaseMs, progress.hasAsked);
      progress.trace?.end('broken');
      throw error;
    } finally {
      progress.trace?.end();
    }
  }

  private async claimed({ run, item }: Doorbell): Promise<ClaimedItem | undefined> {
    const { store, nextOwner, leaseTimes, tariffs } = this.dependencies;
    const { print } = tariffs;
    const wants = print === undefined ? 'journal' : { tariffs: print };
    const outcome = await store.claim({ run, item }, nextOwner(), leaseTimes.leaseMs, wants);
    return outcome.kind === 'claimed' ? outcome.claimed : undefined;
  }

  private async run(
    claimed: ClaimedItem,
    keeper: LeaseKeeper,
    { progress, via }: { progress: Progress; via: Via | undefined },
  ): Promise<void> {
    const { agents, nowMs, log, tracing } = this.dependencies;
    log.warned(claimed.warnings);
    const { run, item } = claimed.lease;
    if (claimed.partialMessageId !== undefined) keeper.discard(claimed.partialMessageId);
    const agent = await agents.get(claimed.agentDigest);
    const state = foldRun(run, claimed.journal);
    const flags = unknownFlags(state);
    // Given back, like whatever cannot be read here, until one of that version claims it.
    if (flags.length > 0)
      throw new Error(`run ${run} was begun by a later version (flags ${flags.join(', ')})`);
    const chain = this.dependencies.tariffs.print === undefined ? undefined : await this.chainOf(agent);
    const trace = stepTrace(tracing, { claimed, state, agent: agent.name, via });
    progress.trace = trace;
    const step: Step = { claimed, agent, state, keeper, startedAtMs: nowMs(), trace, chain };
    log.begun(step);
    const circumstances = await this.circumstances(step);
    const allowance = await this.allowance(step, circumstances);
    if (allowance === 'lost') return log.ended(step, 'lost');
    const command = decide(state, occurrenceOf(item), { ...circumstances, ...shortageOf(allowance) });
    if (command.type !== 'ask-model') return this.carryOut(step, command);
    progress.hasAsked = true;
    await this.ask({ ...step, chain: without(chain, allowance) }, command.prompt);
  }

  /** The store makes a reservation with the claim; only of an agent whose tariff it does not know yet it must be told. */
  private async allowance(step: Step, { agent, offers }: Circumstances): Promise<Allowance | 'lost'> {
    const { store, tariffs, log, defaultChain } = this.dependencies;
    const { claimed, chain } = step;
    const print = tariffs.print;
    if (print === undefined || chain === undefined || 'kind' in chain) return claimed.allowance;
    tariffs.notice(offers, agent.models.length > 0 ? await defaultChain().catch(() => []) : chain);
    if (claimed.allowance.kind !== 'unpriced') return claimed.allowance;
    log.unpriced(tariffs.unpriced(chain));
    const tariff = tariffs.of(agent, chain, toolsOf({ agent, offers }, unborn(step.state.run)));
    const outcome = await store.reserve(claimed.lease, tariffs.print ?? print, tariff);
    if (outcome.kind === 'lost') return 'lost';
    log.warned(outcome.warnings);
    return outcome.allowance;
  }

  private async ask(step: Step, prompt: Prompt): Promise<void> {
    const { keeper, claimed } = step;
    keeper.limitTo(Math.max(1, Math.min(prompt.timeLeftMs, longestTimerMs)));
    const words = new StreamedMessage(claimed.lease, keeper);
    const room = new RoomToAskAgain(this.dependencies.store, claimed.lease);
    const outcome = await this.askModel(step, prompt, { words, room });
    if (keeper.isLost) return this.dependencies.log.ended(step, 'lost');
    const isLetGo = outcome.kind === 'aborted' && !keeper.isTimeUp && !keeper.isCancelled;
    if (isLetGo) return this.giveBack(step);
    // Before words that never came whole are taken back.
    const spent = spentOf(step.agent.name, outcome, words);
    if (outcome.kind === 'failed' && room.shortage !== undefined)
      return this.outOfRoom(step, words, { room, spent });
    const occurrence = this.occurrence(step, outcome, words);
    // A cancellation is in the journal only since this step began.
    const state = occurrence.type === 'model.cut' ? await this.stateNow(claimed) : step.state;
    const command = decide(state, occurrence, await this.circumstances(step));
    if (outcome.kind === 'answered') outcome.answer.onJudged?.(isAccepted(command));
    await this.carryOut(step, command, spent);
  }

  /** The answer broke off and cannot be paid for to its end: it is as if the step had found no room for it, but for what was spent. */
  private async outOfRoom(
    step: Step,
    words: StreamedMessage,
    { room, spent }: { readonly room: RoomToAskAgain; readonly spent: Spent | undefined },
  ): Promise<void> {
    words.withdraw();
    const { item } = step.claimed.lease;
    const circumstances = { ...(await this.circumstances(step)), ...room.asCircumstance };
    const command = decide(step.state, occurrenceOf(item), circumstances);
    if (command.type !== 'wait') return this.carryOut(step, command, spent);
    return step.keeper.release(Math.max(0, command.untilMs - this.dependencies.nowMs()));
  }

  private async stateNow({ lease, thread }: ClaimedItem): Promise<RunState> {
    return foldRun(lease.run, await this.dependencies.store.journal(thread));
  }

  private async askModel(
    { agent, keeper, ...step }: Step,
    prompt: Prompt,
    { words, room }: { words: StreamedMessage; room: RoomToAskAgain },
  ): Promise<ModelOutcome> {
    const { models, log } = this.dependencies;
    const chain = step.chain ?? (await this.chainOf(agent));
    if ('kind' in chain) return chain;
    const outcome = await models.answer(
      chain,
      modelRequest(agent, prompt, { tenant: step.claimed.tenant, traceparent: step.trace?.traceparent }),
      {
        onText: (text) => words.say(text),
        onRestart: () => words.restart(),
        mayAskAgain: (paid) => room.for(paid),
      },
      keeper.signal,
    );
    if (outcome.kind === 'answered' && outcome.answer.model !== chain[0]) log.fellBack();
    return outcome;
  }

  private async chainOf({ models }: AgentDefinition): Promise<Chain> {
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
        words.withdraw();
        return { type: 'model.failed', code: outcome.code, message: outcome.message };
      case 'aborted': {
        if (keeper.isCancelled) return { type: 'model.cut', fact: words.cut(nowMs()) };
        words.withdraw();
        const { wallTimeMs } = agent.limits;
        const message = `The run's wall time (${wallTimeMs} ms) was up while the model was answering.`;
        return { type: 'model.failed', code: 'LUM_WALL_TIME_LIMIT', message };
      }
    }
  }

  private async carryOut(step: Step, command: Command, spent?: Spent): Promise<void> {
    const { store, ringer, log, nowMs, reached, catalogue } = this.dependencies;
    const { keeper, claimed, state } = step;
    if (command.type === 'wait') return keeper.release(Math.max(0, command.untilMs - nowMs()), false);
    if (!isStored(command)) throw new Error(`a step cannot carry out ${command.type}`);
    const offers = await catalogue.offers();
    const commit = commitOf(state, command, (tool) => offers.get(tool)?.isIdempotent === true);
    reached('step.decided');
    const events = await keeper.finish();
    if (keeper.isLost) return log.ended(step, 'lost');
    const withRest = { ...commit, events, ...(spent === undefined ? {} : { spent }) };
    const outcome = await committedHanding(store, claimed.lease, withRest, ringer);
    reached('step.committed');
    log.ended(step, outcome.kind, commit);
    if (outcome.kind === 'committed') {
      log.warned(outcome.warnings ?? []);
      await ringer.ring(outcome.opened);
    }
    reached('step.rung');
  }

  private async giveBack(step: Step): Promise<void> {
    await step.keeper.release(0);
    this.dependencies.log.ended(step, 'given back');
    await this.dependencies.ringer.ring([{ ...step.claimed.lease, v: step.claimed.v, place: 0 }]);
  }

  private async circumstances({ agent, claimed }: Pick<Step, 'agent' | 'claimed'>): Promise<Circumstances> {
    const { catalogue, switches, nowMs, digest, tenantPolicy } = this.dependencies;
    const { thread, lease, tenant } = claimed;
    const offers = await catalogue.offers();
    return {
      ...{ agent, offers, thread, nowMs: nowMs(), digest, attempt: lease.epoch },
      isSwitchedOff: (tool) => switches.offFor(tool, tenant) !== undefined,
      tenantPolicy: tenantPolicy?.(tenant),
    };
  }
}

/** Whether the answer that led to a command keeps the agent's rules. */
const isAccepted = (command: Command): boolean =>
  !('facts' in command && command.facts.some(({ type }) => type === 'answer.rejected'));

const shortageOf = (allowance: Allowance): Pick<Circumstances, 'shortage'> =>
  allowance.kind === 'short' ? { shortage: allowance.shortage } : {};

/** Models whose own budget is short are not asked while others are left. */
const without = (chain: Step['chain'], allowance: Allowance): Step['chain'] =>
  chain === undefined || 'kind' in chain || allowance.kind !== 'held'
    ? chain
    : chain.filter((model) => !allowance.leftOut.includes(model));
