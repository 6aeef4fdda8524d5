import type { EndedStatus, Fact, FactOf, JournalEntry, RunEvent, SequencedEvent } from '@lumina/contracts';
import type {
  Allowance,
  BudgetWarning,
  Grant,
  LedgerBudget,
  Rating,
  RatingOutcome,
  Reckoning,
  HoldAgainOutcome,
  ReserveOutcome,
  Spent,
  Tariff,
} from './ledger';

/**
 * The run store: the one truth about runs. Invariants that every implementation keeps:
 *
 * S1 A run is created once, however often its creation is sent; what was acknowledged is as durable as the deployment asks.
 * S2 At most one holder of a work item can commit it: claiming raises the item's epoch, and only the newest epoch counts, of the owner who has it.
 * S3 Facts, state, opened items and events change together or not at all, and raise the run's version by one.
 * S4 Every open item has a due time; nothing that is open can be forgotten by everyone.
 * S5 A run's events carry the sequence 1, 2, 3 … without a gap.
 * S6 A thread runs one run at a time; others wait in order of arrival. A tenant's runs beyond its cap wait in its line.
 * S7 Each call may be sent twice (a reply was lost) and is answered the same, with no second effect. A sweep alone is not: what it handed
 *    out is handed out again a little later, if nobody has come for it.
 * S8 A lease that ran out while nobody could reach the store is given once more: its holder, if it lives, could not renew it.
 */
export type RunStatus = 'queued' | 'running' | EndedStatus;

export interface ItemRef {
  readonly run: string;
  readonly item: string;
}

/** An opened or overdue item, as it is rung for. */
export interface RingableItem extends ItemRef {
  readonly v: number;
  /** How many runs of its tenant are under way: whoever has fewer goes first. */
  readonly place: number;
}

export interface RunCaps {
  readonly ofTenant: number;
  readonly ofAgent: number;
}

export const noCaps: RunCaps = { ofTenant: 0, ofAgent: 0 };

export interface NewRun {
  readonly run: string;
  readonly thread: string;
  readonly tenant: string;
  readonly accepted: FactOf<'run.accepted'>;
  /** Digest of what the client sent: the same run id with another one is a mistake, not a repeat. */
  readonly requestDigest: string;
  readonly ifThreadMissing: 'create' | 'require';
  readonly ifThreadBusy: 'reject' | 'enqueue';
  readonly threadMetadata: Readonly<Record<string, unknown>>;
  /** How many runs the tenant, and the agent for this tenant, may have under way; 0: any number. */
  readonly caps: RunCaps;
  /** Whether the run shows in its tenant's list, and its thread among the tenant's; subagents' do not. */
  readonly isListed: boolean;
  /** Budgets of which something must be left. */
  readonly budgets?: readonly LedgerBudget[];
  /** What the client said about the run, to be shown with it again. */
  readonly about?: RunAbout;
  /** What is to be done when the run has ended; `ended` hands the run out then. */
  readonly after?: RunAfter;
}

export interface RunAbout {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly multitaskStrategy?: string;
  /** What its client wanted to see of it: shown alike to whoever watches the thread. */
  readonly streamModes?: readonly string[];
}

export interface RunAfter {
  /** Where its end is told. */
  readonly webhook?: string;
  /** Its thread is its own, and is removed so long after its end. */
  readonly forgetMs?: number;
}

/**
 * A worker that is there and has room: what is opened for it is handed to it by the store, with its lease. Only work may be handed over
 * whose beginning need not be on record: a step, and a call that may be made again.
 */
export interface Door {
  readonly channel: string;
  /** Unique to the worker. */
  readonly worker: string;
  readonly leaseMs: number;
}

export type CreateOutcome =
  | {
      readonly kind: 'created';
      readonly v: number;
      readonly isStarted: boolean;
      readonly place: number;
      /** Its first step is in the hands of the worker behind the door: it need not be rung for. */
      readonly isHanded: boolean;
    }
  | { readonly kind: 'exists'; readonly v: number }
  | { readonly kind: 'mismatch' }
  | { readonly kind: 'thread-missing' }
  | { readonly kind: 'thread-busy'; readonly activeRun: string }
  | { readonly kind: 'agent-missing' }
  | {
      readonly kind: 'no-budget';
      readonly scope: string;
      readonly name: string;
      readonly period: string;
      readonly amount: string;
    };

export interface Lease extends ItemRef {
  readonly owner: string;
  /** How often the item has been claimed, from 1: the fencing token, and the attempt. */
  readonly epoch: number;
}

export interface ClaimedItem {
  readonly lease: Lease;
  readonly v: number;
  /** What the item carries: JSON, or empty. */
  readonly data: string;
  /** A message that an earlier holder had begun to show and never finished. */
  readonly partialMessageId: string | undefined;
  /** An earlier holder fell silent and may have done the work. */
  readonly mayHaveBegun: boolean;
  readonly thread: string;
  readonly tenant: string;
  readonly agentDigest: string;
  readonly isCancelled: boolean;
  /** The thread's journal; empty where the claimer did not want it. */
  readonly journal: readonly JournalEntry[];
  /** Whether budgets over many runs let the item's call of a model be made. */
  readonly allowance: Allowance;
  readonly warnings: readonly BudgetWarning[];
}

/**
 * Reading the journal costs more than the claim; a tool call seldom needs it. `tariffs`: the journal, and a reservation for a step's call of a
 * model, at the tariff that the store has for the run's agent under this print.
 */
export type ClaimWants = 'journal' | 'item only' | { readonly tariffs: string };

export type ClaimOutcome =
  | { readonly kind: 'claimed'; readonly claimed: ClaimedItem }
  | { readonly kind: 'busy'; readonly owner: string; readonly leaseUntilMs: number }
  | { readonly kind: 'stale' };

export interface Renewal {
  /** 0 gives the item back. */
  readonly leaseMs: number;
  /** When the sweeper should look, if nothing happens; by default the end of the lease. */
  readonly lookAgainMs?: number;
  /** For an item that is given back: whether the work may have begun. */
  readonly mayHaveBegun?: boolean;
  /** Counted up by the holder, from 1: a renewal sent twice shows its events once. */
  readonly number: number;
  readonly partialMessageId?: string;
  readonly events?: readonly RunEvent[];
}

export type RenewOutcome =
  | {
      readonly kind: 'renewed';
      readonly lastSeq: number;
      readonly isCancelled: boolean;
      /** Of an item that was given back: how many runs of its tenant are under way; else 0. */
      readonly place: number;
    }
  | { readonly kind: 'lost' };

export interface ItemToOpen {
  readonly item: string;
  readonly data: string;
  /** When somebody should look, ms since the epoch; undefined: now, and it is to be rung for. */
  readonly lookAtMs?: number;
  /** Of a call: whether it may be made again, and so be handed over. */
  readonly mayBeHanded?: boolean;
}

export interface ParentAnswer {
  readonly run: string;
  readonly thread: string;
  readonly item: string;
  readonly fact: Fact;
  readonly nextItem: string;
}

export interface Commit {
  readonly facts: readonly Fact[];
  readonly status: 'running' | EndedStatus;
  /** Shown before the facts: what the holder still had to show. */
  readonly events?: readonly RunEvent[];
  /** Items besides the held one that this settles; nobody holds them. */
  readonly close?: readonly string[];
  readonly open: readonly ItemToOpen[];
  /** Opened when this commit leaves no item of the run open. */
  readonly nextItem?: string;
  /** The parent's call that this run's end answers. */
  readonly parent?: ParentAnswer;
  /** What the item's call of a model came to; absent: nothing was spent. */
  readonly spent?: Spent;
  readonly grant?: Grant;
  /** Who is there for the next step, and for the calls that may be handed over. */
  readonly doors?: { readonly step?: Door | undefined; readonly calls?: Door | undefined };
}

export type CommitOutcome =
  | {
      readonly kind: 'committed';
      readonly v: number;
      /** What was opened and not handed over. */
      readonly opened: readonly RingableItem[];
      /** The next step was opened and handed over. */
      readonly isStepHanded: boolean;
      readonly warnings?: readonly BudgetWarning[];
    }
  | { readonly kind: 'repeated'; readonly v: number }
  | { readonly kind: 'lost' };

export interface Intervention extends Commit {
  readonly run: string;
  /** The version of the run that was read. */
  readonly v: number;
  /** `cancel` marks the run, tells the workers, and takes a waiting run out of the line. */
  readonly kind: 'cancel' | 'decide';
}

export type InterveneOutcome =
  | { readonly kind: 'committed'; readonly v: number; readonly opened: readonly RingableItem[] }
  | { readonly kind: 'conflict'; readonly v: number }
  | { readonly kind: 'missing' };

export interface Annotation {
  readonly thread: string;
  readonly tenant: string;
  /** Length of the journal that was read. */
  readonly journalLength: number;
  readonly fact: FactOf<'thread.updated'>;
}

export type AnnotateOutcome =
  | { readonly kind: 'annotated'; readonly position: number }
  | { readonly kind: 'thread-missing' }
  | { readonly kind: 'thread-busy'; readonly activeRun: string }
  | { readonly kind: 'conflict' };

export interface OverdueItem extends RingableItem {
  /** `lease`: its holder fell silent; `doorbell`: nobody came for it. */
  readonly cause: 'lease' | 'doorbell';
  readonly overdueMs: number;
  /** How often it was rung for again since somebody last claimed it. */
  readonly rings: number;
  /** How often it was claimed. */
  readonly attempts: number;
}

/** What a sweeper that has swept before grants after an outage (S8). */
export interface OutageGrace {
  /** How long a lease that ran out meanwhile is given once more. */
  readonly leaseMs: number;
  /** For how long nobody must have swept, that it counts as an outage. */
  readonly unsweptMs: number;
}

export interface ItemSnapshot {
  readonly item: string;
  readonly isOpen: boolean;
  readonly epoch: number;
  readonly owner: string | undefined;
  readonly leaseUntilMs: number | undefined;
  readonly rings: number;
}

export interface RunSnapshot {
  readonly run: string;
  readonly thread: string;
  readonly tenant: string;
  readonly agent: string;
  readonly agentDigest: string;
  readonly status: RunStatus;
  readonly v: number;
  readonly lastSeq: number;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly isCancelled: boolean;
  /** Journal position of the run's first fact; undefined while it waits for its thread. */
  readonly start: number | undefined;
  readonly items: readonly ItemSnapshot[];
  /** What people thought of it (JSON each), in no order. */
  readonly ratings: readonly string[];
  /** Its first fact, while it waits for its turn and is in no journal yet. */
  readonly accepted?: FactOf<'run.accepted'> | undefined;
  /** A client has deleted it: it is shown no more. */
  readonly isHidden?: boolean;
  readonly about?: RunAbout;
  readonly after?: RunAfter;
}

export interface ThreadSnapshot {
  readonly thread: string;
  readonly tenant: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly agent: string | undefined;
  readonly activeRun: string | undefined;
}

export type ThreadCreation = 'created' | 'exists' | 'foreign';

export interface NewThread {
  readonly thread: string;
  readonly tenant: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Names this creation: asked for again under the same name, it is answered as the first time. */
  readonly creation?: string;
}

/** What a reader finds from a cursor on. `expired`: events after the cursor were trimmed; `future`: it was never given out. */
export type EventsOutcome =
  | { readonly kind: 'events'; readonly events: readonly SequencedEvent[] }
  | { readonly kind: 'expired'; readonly oldestSeq: number }
  | { readonly kind: 'future'; readonly lastSeq: number };

export interface RunStore {
  createThread(thread: NewThread): Promise<ThreadCreation>;
  create(run: NewRun, door?: Door): Promise<CreateOutcome>;
  claim(item: ItemRef, owner: string, leaseMs: number, wants?: ClaimWants): Promise<ClaimOutcome>;
  renew(lease: Lease, renewal: Renewal): Promise<RenewOutcome>;
  commit(lease: Lease, commit: Commit): Promise<CommitOutcome>;
  /** `grace`: not given by a sweeper that cannot tell whether there was an outage. */
  sweep(limit: number, grace?: OutageGrace): Promise<readonly OverdueItem[]>;
  /** For an item that was claimed `unpriced`: makes the agent's tariff known under this print, and holds what its call may cost. */
  reserve(lease: Lease, print: string, tariff: Tariff): Promise<ReserveOutcome>;
  /** Before a step's request that follows one which was paid for: `times` such requests, this one among them. */
  holdAgain(lease: Lease, times: number): Promise<HoldAgainOutcome>;
  /** Settles what is held for nobody: a ledger's own sweep. */
  reckon(): Promise<Reckoning>;
  rate(rating: Rating): Promise<RatingOutcome>;
  intervene(intervention: Intervention): Promise<InterveneOutcome>;
  annotate(annotation: Annotation): Promise<AnnotateOutcome>;
  hide(run: string): Promise<'hidden' | 'missing'>;

  run(run: string): Promise<RunSnapshot | undefined>;
  thread(thread: string): Promise<ThreadSnapshot | undefined>;
  runsOfThread(thread: string): Promise<readonly string[]>;
  newestRuns(tenant: string, limit: number): Promise<readonly string[]>;
  journal(thread: string): Promise<readonly JournalEntry[]>;
  events(run: string, afterSeq: number): Promise<EventsOutcome>;

  putAgent(digest: string, definition: string): Promise<void>;
  agent(digest: string): Promise<string | undefined>;
}
