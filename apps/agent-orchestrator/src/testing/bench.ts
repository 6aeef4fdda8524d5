import { createHash } from 'node:crypto';
import { canonicalDefinition } from '@lumina/agent';
import {
  type AgentDefinition,
  type Fact,
  type FactOf,
  type ToolOffer,
  agentDefinitionSchema,
  toolCallTaskSchema,
} from '@lumina/contracts';
import type { ModelClient } from '@lumina/models';
import {
  type ClaimedItem,
  MemoryRunStore,
  type NewRun,
  type RingableItem,
  type RunStore,
} from '@lumina/store';
import { AgentLibrary } from '@lumina/store';
import { stepLog } from '../steps/step-log';
import { type StepDependencies, StepRunner } from '../steps/step-runner';
import { Tariffs } from '../steps/tariffs';

export const thread = '11111111-1111-4111-8111-111111111111';
export const leaseTimes = { leaseMs: 5_000, renewEveryMs: 20, gatherMs: 0 };

export const lumina: AgentDefinition = agentDefinitionSchema.parse({
  name: 'lumina',
  description: 'Answers.',
  instructions: 'Be brief.',
  tools: ['read_file', 'list_directory'],
  subagents: ['researcher'],
});

const offer = (name: string): ToolOffer => ({
  name,
  description: name,
  parameters: { type: 'object' },
  risk: 'read',
  isIdempotent: true,
  timeoutMs: 1_000,
});

export const digestOf = (agent: AgentDefinition): string =>
  createHash('sha256').update(canonicalDefinition(agent)).digest('hex');

export interface AcceptOptions {
  readonly agent?: AgentDefinition;
  readonly run?: string;
  readonly content?: string;
  readonly thread?: string;
  readonly accepted?: Partial<FactOf<'run.accepted'>>;
}

/** Puts a run into the store as the gateway would. */
export async function accept(store: RunStore, options: AcceptOptions = {}): Promise<NewRun> {
  const { agent = lumina, run = 'r1', content = 'What is new?', accepted = {} } = options;
  const { thread: inThread = thread } = options;
  await store.putAgent(digestOf(agent), canonicalDefinition(agent));
  const created: NewRun = {
    run,
    thread: inThread,
    tenant: 'acme',
    accepted: {
      run,
      at: Date.now(),
      type: 'run.accepted',
      agent: agent.name,
      agentDigest: digestOf(agent),
      input: [{ role: 'user', id: `${run}-question`, content }],
      limits: agent.limits,
      depth: 0,
      ...accepted,
    },
    requestDigest: run,
    ifThreadMissing: 'create',
    ifThreadBusy: 'enqueue',
    threadMetadata: {},
    caps: { ofTenant: 0, ofAgent: 0 },
    isListed: true,
  };
  await store.create(created);
  return created;
}

export async function claim(
  store: RunStore,
  run: string,
  item: string,
  owner = 'other',
): Promise<ClaimedItem> {
  const outcome = await store.claim({ run, item }, owner, leaseTimes.leaseMs);
  if (outcome.kind !== 'claimed') throw new Error(`expected to claim ${item}, was ${outcome.kind}`);
  return outcome.claimed;
}

/** Answers an open tool call as an executor would. Returns what is to be rung for. */
export async function answerCall(
  store: RunStore,
  { run, item }: { readonly run: string; readonly item: string },
  content: string,
): Promise<readonly RingableItem[]> {
  const claimed = await claim(store, run, item, `executor-${item}`);
  const task = toolCallTaskSchema.parse(JSON.parse(claimed.data));
  const fact: FactOf<'tool.answered'> = {
    run,
    at: Date.now(),
    type: 'tool.answered',
    message: {
      role: 'tool',
      id: task.messageId,
      toolCallId: task.callId,
      name: task.tool,
      content,
      isError: false,
    },
    durationMs: 1,
    attempt: claimed.lease.epoch,
    isCached: false,
  };
  const nextItem = `step:${task.nextStep}`;
  const outcome = await store.commit(claimed.lease, { facts: [fact], status: 'running', open: [], nextItem });
  return outcome.kind === 'committed' ? outcome.opened : [];
}

export class Bench {
  /** Milliseconds that the store's clock is ahead. */
  aheadMs = 0;
  readonly store = new MemoryRunStore(() => Date.now() + this.aheadMs);
  readonly rung: RingableItem[] = [];
  readonly logged: Record<string, unknown>[] = [];
  readonly letGo = new AbortController();
  private claims = 0;
  private readonly note = (line: Record<string, unknown>) => void this.logged.push(line);

  runner(models: ModelClient, changes: Partial<StepDependencies> = {}): StepRunner {
    const store = changes.store ?? this.store;
    return new StepRunner({
      store,
      models,
      agents: new AgentLibrary(store),
      catalogue: {
        offers: async () => new Map(['read_file', 'list_directory'].map((name) => [name, offer(name)])),
      },
      switches: { offFor: () => undefined },
      ringer: { ring: async (items) => void this.rung.push(...items) },
      log: stepLog({ info: this.note, warn: this.note }, Date.now),
      tariffs: new Tariffs({ budgets: [], prices: {} }),
      defaultChain: async () => ['simulated/simulated'],
      leaseTimes,
      nextOwner: () => `worker#${++this.claims}`,
      nowMs: Date.now,
      cancellations: { watch: () => () => undefined },
      digest: (text) => `digest of ${text}`,
      reached: () => undefined,
      letGo: this.letGo.signal,
      ...changes,
    });
  }

  async facts(of = thread): Promise<readonly Fact[]> {
    return (await this.store.journal(of)).map(({ fact }) => fact);
  }

  /** A run's events in short: what was said as `+words`, what was taken back as `-`, facts by their type. */
  async story(run: string): Promise<readonly string[]> {
    const outcome = await this.store.events(run, 0);
    if (outcome.kind !== 'events') throw new Error(`no events: ${outcome.kind}`);
    return outcome.events.map(({ event }) => {
      if (event.type === 'delta') return `+${event.text}`;
      if (event.type === 'output') return `>${event.text}`;
      return event.type === 'discarded' ? '-' : event.fact.type;
    });
  }
}

export const doorbell = (run: string, item: string) => ({ run, item, v: 1 }) as const;
