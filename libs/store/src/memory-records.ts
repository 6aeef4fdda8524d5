import type { Fact, RunEvent, SequencedEvent } from '@lumina/contracts';
import { type Rating, type RatingOutcome, ratingsPerRun } from './ledger';
import type { StoreTimes } from './store-times';
import type {
  AnnotateOutcome,
  Annotation,
  CreateOutcome,
  EventsOutcome,
  ItemSnapshot,
  Lease,
  NewRun,
  NewThread,
  OverdueItem,
  Renewal,
  RunSnapshot,
  RunStatus,
  ThreadCreation,
  ThreadSnapshot,
} from './run-store';

/** What the in-memory twin keeps, and the smallest changes of it. */
export interface Item {
  data: string;
  isOpen: boolean;
  epoch: number;
  closedAt: number;
  owner: string;
  untilMs: number;
  rings: number;
  dueMs: number;
  partial: string | undefined;
  lastRenewal: number;
  past: 'clean' | 'begun';
}

export interface Run {
  readonly new: NewRun;
  readonly createdMs: number;
  updatedMs: number;
  status: RunStatus;
  v: number;
  start: number | undefined;
  isCancelled: boolean;
  isHidden: boolean;
  readonly items: Map<string, Item>;
  readonly events: SequencedEvent[];
  readonly ratings: Map<string, string>;
}

export interface Thread {
  readonly new: NewThread;
  readonly createdMs: number;
  updatedMs: number;
  agent: string | undefined;
  active: string | undefined;
  readonly runs: string[];
  readonly waiting: string[];
  readonly journal: Fact[];
}

export function emit(run: Run, event: RunEvent): void {
  run.events.push({ seq: run.events.length + 1, event });
}

/** Whether this is the newest claim of the item. What is closed was closed by the newest. */
export const isHeldBy = (item: Item, { epoch, owner }: Pick<Lease, 'epoch' | 'owner'>): boolean =>
  item.epoch === epoch && (!item.isOpen || item.owner === owner);

export function close(item: Item, version: number): void {
  item.isOpen = false;
  item.closedAt = version;
}

/** Nobody swept in between; the leases that ran out meanwhile are given once more. */
export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
  readonly leaseMs: number;
}

function giveAgain(item: Item, { fromMs, toMs, leaseMs }: Outage, nowMs: number): void {
  const isLapsed = item.untilMs > fromMs && item.untilMs <= toMs && item.dueMs <= nowMs;
  if (!isLapsed || toMs + leaseMs <= nowMs) return;
  item.untilMs = toMs + leaseMs;
  item.dueMs = item.untilMs;
}

/** The open items whose time has come, the longest overdue first. */
export function overdueAmong(
  runs: Iterable<Run>,
  outage: Outage,
  nowMs: number,
): readonly { readonly run: Run; readonly item: string; readonly state: Item }[] {
  const open = [...runs].flatMap((run) =>
    [...run.items].filter(([, { isOpen }]) => isOpen).map(([item, state]) => ({ run, item, state })),
  );
  for (const { state } of open) giveAgain(state, outage, nowMs);
  return open.filter(({ state }) => state.dueMs <= nowMs).toSorted((a, b) => a.state.dueMs - b.state.dueMs);
}

function itemSnapshot(item: string, state: Item): ItemSnapshot {
  const { isOpen, epoch, untilMs, rings, owner } = state;
  const isHeld = isOpen && untilMs > 0;
  return {
    item,
    isOpen,
    epoch,
    owner: isHeld ? owner : undefined,
    leaseUntilMs: isHeld ? untilMs : undefined,
    rings: isOpen ? rings : 0,
  };
}

export const newItem = (data: string, dueMs: number): Item => ({
  ...{ data, isOpen: true, epoch: 0, closedAt: 0, owner: '-', untilMs: 0, rings: 0, dueMs },
  ...{ partial: undefined, lastRenewal: 0, past: 'clean' },
});

export const newRunRecord = (created: NewRun, nowMs: number): Run => ({
  ...{ new: created, createdMs: nowMs, updatedMs: nowMs, status: 'queued', v: 0, start: undefined },
  ...{ isCancelled: false, isHidden: false, items: new Map(), events: [], ratings: new Map() },
});

export const newThreadRecord = (
  { thread, tenant, metadata, creation = '' }: NewThread,
  nowMs: number,
): Thread => ({
  ...{ new: { thread, tenant, metadata, creation }, createdMs: nowMs, updatedMs: nowMs },
  ...{ agent: undefined, active: undefined, runs: [], waiting: [], journal: [] },
});

/** What a creation comes to where there is a thread of that name. */
export function creationOf({ tenant, creation = '' }: NewThread, known: NewThread): ThreadCreation {
  if (known.tenant !== tenant) return 'foreign';
  return creation !== '' && creation === known.creation ? 'created' : 'exists';
}

/** What a creation comes to where there is a run of that name. */
export function createdBefore({ requestDigest, tenant }: NewRun, known: Run): CreateOutcome {
  const isSame = known.new.requestDigest === requestDigest && known.new.tenant === tenant;
  return isSame ? { kind: 'exists', v: known.v } : { kind: 'mismatch' };
}

/** Why a run cannot be created in its thread, by its agent. */
export function refusalOf(
  { tenant, ifThreadMissing, ifThreadBusy }: NewRun,
  thread: Thread | undefined,
  isAgentKnown: boolean,
): CreateOutcome | undefined {
  if (thread !== undefined && thread.new.tenant !== tenant) return { kind: 'thread-missing' };
  if (thread === undefined && ifThreadMissing === 'require') return { kind: 'thread-missing' };
  if (!isAgentKnown) return { kind: 'agent-missing' };
  if (thread?.active === undefined || ifThreadBusy !== 'reject') return undefined;
  return { kind: 'thread-busy', activeRun: thread.active };
}

export function runSnapshot(run: Run | undefined): RunSnapshot | undefined {
  if (run === undefined) return undefined;
  const { thread, tenant, accepted, run: id } = run.new;
  const { status, v, createdMs, updatedMs, start, isCancelled } = run;
  return {
    ...{ run: id, thread, tenant, agent: accepted.agent, agentDigest: accepted.agentDigest },
    ...{ status, v, lastSeq: run.events.length, createdMs, updatedMs, start, isCancelled },
    ...(status === 'queued' ? { accepted } : {}),
    ...(run.isHidden ? { isHidden: true } : {}),
    items: [...run.items].map(([item, state]) => itemSnapshot(item, state)),
    ...(run.new.about === undefined ? {} : { about: run.new.about }),
    ...(run.new.after === undefined ? {} : { after: run.new.after }),
    ratings: [...run.ratings.values()],
  };
}

export function threadSnapshot(record: Thread | undefined): ThreadSnapshot | undefined {
  if (record === undefined) return undefined;
  const { thread, tenant, metadata } = record.new;
  const { createdMs, updatedMs, agent, active } = record;
  return { thread, tenant, metadata, createdMs, updatedMs, agent, activeRun: active };
}

export function keepRating(run: Run | undefined, { tenant, name, json }: Rating): RatingOutcome {
  if (run?.new.tenant !== tenant) return 'missing';
  if (!run.ratings.has(name) && run.ratings.size >= ratingsPerRun) return 'full';
  run.ratings.set(name, json);
  return 'kept';
}

/** Keeps, parks or gives back what is held. */
export function keepLease(
  item: Item,
  { leaseMs, lookAgainMs, mayHaveBegun }: Pick<Renewal, 'leaseMs' | 'lookAgainMs' | 'mayHaveBegun'>,
  nowMs: number,
): void {
  item.untilMs = leaseMs > 0 ? nowMs + leaseMs : 0;
  item.dueMs = nowMs + (lookAgainMs ?? leaseMs);
  if (leaseMs > 0) return;
  item.owner = '-';
  if (mayHaveBegun !== false) item.past = 'begun';
}

export const runningOf = (runs: Iterable<Run>, tenant: string): readonly Run[] =>
  [...runs].filter((run) => run.new.tenant === tenant && run.status === 'running');

/** Takes one that waits out of a line, if it is in it. */
export function leave<One>(line: One[], one: One): void {
  const place = line.indexOf(one);
  if (place >= 0) line.splice(place, 1);
}

/** Whether as few others of its tenant and agent are running as its caps allow. */
export function hasRoomAmong(runs: Iterable<Run>, { new: { tenant, accepted, caps } }: Run): boolean {
  const running = runningOf(runs, tenant);
  const ofAgent = running.filter((run) => run.new.accepted.agent === accepted.agent);
  const fits = (cap: number, count: number): boolean => cap === 0 || count < cap;
  return fits(caps.ofTenant, running.length) && fits(caps.ofAgent, ofAgent.length);
}

export const newestOf = (runs: Iterable<Run>, tenant: string, limit: number): readonly string[] =>
  [...runs]
    .filter((run) => run.new.tenant === tenant && run.new.isListed)
    .map((run) => run.new.run)
    .reverse()
    .slice(0, limit);

export function eventsBehind(run: Run | undefined, afterSeq: number): EventsOutcome {
  const events = run?.events ?? [];
  if (afterSeq > events.length) return { kind: 'future', lastSeq: events.length };
  return { kind: 'events', events: events.slice(afterSeq) };
}

/** An overdue item is rung for, and looked at again later and later. */
export function ringAgain(
  item: Item,
  { ringGraceMs, longestRingGraceMs }: Pick<StoreTimes, 'ringGraceMs' | 'longestRingGraceMs'>,
  nowMs: number,
): Pick<OverdueItem, 'cause' | 'overdueMs' | 'rings' | 'attempts'> {
  const { rings, epoch: attempts, dueMs, untilMs } = item;
  item.rings += 1;
  item.dueMs = nowMs + Math.min(ringGraceMs * 2 ** rings, longestRingGraceMs);
  return { cause: untilMs > 0 ? 'lease' : 'doorbell', overdueMs: nowMs - dueMs, rings, attempts };
}

export function annotateThread(
  thread: Thread | undefined,
  { tenant, journalLength, fact }: Annotation,
  nowMs: number,
): AnnotateOutcome {
  if (thread?.new.tenant !== tenant) return { kind: 'thread-missing' };
  if (thread.active !== undefined) return { kind: 'thread-busy', activeRun: thread.active };
  if (thread.journal.length !== journalLength) return { kind: 'conflict' };
  thread.updatedMs = nowMs;
  return { kind: 'annotated', position: thread.journal.push(fact) };
}

export function hideRun(run: Run | undefined): 'hidden' | 'missing' {
  if (run === undefined) return 'missing';
  run.isHidden = true;
  return 'hidden';
}
