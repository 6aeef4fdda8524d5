import { hash, randomUUID } from 'node:crypto';
import { flagsInForce } from '@lumina/agent';
import {
  type FactOf,
  LuminaError,
  type Message,
  type RunOptions,
  type UserMessage,
  stepItem,
} from '@lumina/contracts';
import { type CrashPoint, type Tracing, spanNames } from '@lumina/platform';
import type { Ringer } from '@lumina/queue';
import type {
  CreateOutcome,
  LedgerBudget,
  NewRun,
  RunAbout,
  RunAfter,
  RunCaps,
  RunStore,
} from '@lumina/store';
import type { AgentRegister, RegisteredAgent } from '../agents/agent-register';
import type { InputMessage } from '../bodies/run-input';
import { acceptanceSpan, inTrace } from './acceptance-trace';
import { idempotencyMismatch } from './made-once';
import { nameFrom, newName } from './run-names';

export interface RunRequest {
  readonly tenant: string;
  /** Who, of the tenant, the run works for. */
  readonly user?: string;
  readonly agent: string | undefined;
  /** Undefined: a thread of the run's own. */
  readonly thread: string | undefined;
  readonly input: readonly InputMessage[];
  readonly ifThreadMissing: 'create' | 'require';
  readonly ifThreadBusy: 'reject' | 'enqueue';
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly about?: RunAbout | undefined;
  readonly after?: RunAfter | undefined;
  /** The same key and the same request make one run, however often they are sent. */
  readonly idempotencyKey: string | undefined;
  /** The checkpoint to begin from, where that is not the thread's latest. */
  readonly rewindTo?: number | undefined;
  /** What was said before the input, where the client keeps the conversation, or ran a tool. */
  readonly context?: readonly Message[];
  readonly options?: RunOptions;
  readonly door?: FactOf<'run.accepted'>['door'];
}

/** A run with its names, before it exists. */
export interface PlannedRun {
  readonly agent: RegisteredAgent;
  readonly created: NewRun;
}

export interface AcceptedRun {
  readonly run: string;
  readonly thread: string;
  readonly agent: RegisteredAgent;
  readonly isNew: boolean;
}

const namespace = '0b0f6f0a-7f1e-5b7a-8c3e-6b65796e616d';

export interface IntakeOptions {
  /** How many runs one tenant may have under way; 0: any number. */
  readonly maxTenantRuns: number;
  /** Budgets over many runs. */
  readonly budgets?: readonly LedgerBudget[];
  readonly reached: CrashPoint;
  readonly tracing?: Tracing | undefined;
}

/** Accepts runs: when `accept` resolves, the run is as durable as the deployment promises. */
export class RunIntake {
  constructor(
    private readonly store: Pick<RunStore, 'create'>,
    private readonly ringer: Pick<Ringer, 'ring'> & Partial<Pick<Ringer, 'door'>>,
    private readonly agents: AgentRegister,
    private readonly options: IntakeOptions = { maxTenantRuns: 0, reached: () => undefined },
  ) {}

  /** @throws LuminaError LUM_AGENT_NOT_FOUND */
  plan(request: RunRequest): PlannedRun {
    const agent = this.agents.find(request.agent);
    const caps = { ofTenant: this.options.maxTenantRuns, ofAgent: agent.definition.maxConcurrentRuns ?? 0 };
    const budgets = (this.options.budgets ?? []).filter((budget) => mustHaveRoom(budget, agent));
    return { agent, created: { ...newRun(request, agent, caps), budgets } };
  }

  /** @throws LuminaError for what the client can mend, and 503 when the store cannot promise */
  async accept({ agent, created }: PlannedRun): Promise<AcceptedRun> {
    const outcome = await this.create(created, agent);
    this.options.reached('run.created');
    const { run, thread } = created;
    if (outcome.kind === 'created') {
      // A hint, so the client need not wait until it is delivered.
      if (outcome.isStarted && !outcome.isHanded)
        void this.ringer.ring([{ run, item: stepItem(1), v: outcome.v, place: outcome.place }]);
      return { run, thread, agent, isNew: true };
    }
    if (outcome.kind === 'exists') return { run, thread, agent, isNew: false };
    throw refusal(outcome, thread);
  }

  private async create(run: NewRun, agent: RegisteredAgent): Promise<CreateOutcome> {
    const { tracing } = this.options;
    if (tracing === undefined) return this.stored(run, agent);
    const span = acceptanceSpan(tracing, run);
    try {
      const outcome = await this.stored(inTrace(run, span), agent);
      const isAccepted = outcome.kind === 'created' || outcome.kind === 'exists';
      span.set({ [spanNames.isNew]: outcome.kind === 'created' });
      span.end(isAccepted ? undefined : outcome.kind);
      return outcome;
    } finally {
      span.end('store_unavailable');
    }
  }

  private async stored(run: NewRun, agent: RegisteredAgent): Promise<CreateOutcome> {
    const outcome = await this.handing(run);
    if (outcome.kind !== 'agent-missing') return outcome;
    await this.agents.put(agent);
    return this.handing(run);
  }

  /** Its first step goes to an orchestrator that is there with the creation itself. */
  private async handing(run: NewRun): Promise<CreateOutcome> {
    const door = this.ringer.door?.('steps');
    const outcome = await this.store.create(run, door);
    if (outcome.kind !== 'created' || !outcome.isHanded) door?.letGo();
    return outcome;
  }
}

/** Of a budget of a model something must be left only where the agent has no other. */
function mustHaveRoom({ scope, name }: LedgerBudget, { definition: { models } }: RegisteredAgent): boolean {
  return scope !== 'model' || (models.length === 1 && models[0] === name);
}

function newRun(request: RunRequest, agent: RegisteredAgent, caps: RunCaps): NewRun {
  const { tenant, idempotencyKey, user } = request;
  const run = idempotencyKey === undefined ? newName() : nameFrom(`${tenant}/${idempotencyKey}`, namespace);
  const { limits, name } = agent.definition;
  return {
    run,
    thread: request.thread ?? nameFrom('thread', run),
    tenant,
    accepted: {
      run,
      at: Date.now(),
      type: 'run.accepted',
      agent: name,
      agentDigest: agent.digest,
      input: request.input.map(userMessage),
      limits,
      depth: 0,
      flags: [...flagsInForce],
      ...(user === undefined ? {} : { user }),
      ...(request.rewindTo === undefined ? {} : { rewindTo: request.rewindTo }),
      ...(request.context === undefined || request.context.length === 0
        ? {}
        : {
            context: request.context.map((message, index) => ({ ...message, id: `context-${run}-${index}` })),
          }),
      ...(request.options === undefined ? {} : { options: request.options }),
      ...(request.door === undefined ? {} : { door: request.door }),
    },
    requestDigest: digestOf(request),
    ifThreadMissing: request.thread === undefined ? 'create' : request.ifThreadMissing,
    ifThreadBusy: request.ifThreadBusy,
    threadMetadata: request.metadata,
    caps,
    isListed: true,
    ...(request.about === undefined ? {} : { about: request.about }),
    ...(request.after === undefined ? {} : { after: request.after }),
  };
}

const userMessage = ({ id, text }: InputMessage): UserMessage => ({
  role: 'user',
  id: id ?? randomUUID(),
  content: text,
});

function digestOf({ agent, thread, input, rewindTo, context, options, door }: RunRequest): string {
  const rest = [context, options, door].some((part) => part !== undefined) ? [context, options, door] : [];
  return hash('sha256', JSON.stringify([agent ?? null, thread ?? null, input, rewindTo ?? null, ...rest]));
}

function refusal(
  outcome: Exclude<CreateOutcome, { kind: 'created' | 'exists' }>,
  thread: string,
): LuminaError {
  switch (outcome.kind) {
    case 'thread-missing':
      return new LuminaError('LUM_THREAD_NOT_FOUND', `Thread with ID ${thread} not found`);
    case 'thread-busy': {
      const message = `The thread already has a run under way (${outcome.activeRun}), and multitask_strategy is reject.`;
      return new LuminaError('LUM_THREAD_BUSY', message);
    }
    case 'mismatch':
      return idempotencyMismatch();
    case 'no-budget': {
      const { scope, name, period, amount } = outcome;
      const of = period === 'ever' ? 'The budget' : `The ${period}'s budget`;
      const what = amount === 'tokens' ? 'tokens' : 'US dollars';
      const message = `${of} of ${what} of the ${scope} ${name} is spent, so no run is begun. GET /budgets says what is left and when it turns.`;
      return new LuminaError('LUM_BUDGET_EXHAUSTED', message);
    }
    case 'agent-missing':
      return new LuminaError(
        'LUM_STORE_UNAVAILABLE',
        'The run store lost the agent definition while the run was created.',
      );
  }
}
