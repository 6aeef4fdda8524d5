import type { Fact, JournalEntry } from '@lumina/contracts';
import {
  type BudgetWarning,
  type Rating,
  type RatingOutcome,
  type Reckoning,
  type HoldAgainOutcome,
  type ReserveOutcome,
  type Tariff,
} from './ledger';
import { type Publish, type ToHand, handedOver } from './memory-handing';
import { MemoryLedger, ownersOf } from './memory-ledger';
import {
  type Item,
  type Outage,
  type Run,
  type Thread,
  annotateThread,
  close,
  createdBefore,
  creationOf,
  emit,
  eventsBehind,
  hasRoomAmong,
  hideRun,
  isHeldBy,
  keepLease,
  keepRating,
  leave,
  newItem,
  newestOf,
  newRunRecord,
  newThreadRecord,
  overdueAmong,
  refusalOf,
  ringAgain,
  runningOf,
  runSnapshot,
  threadSnapshot,
} from './memory-records';
import { type StoreTimes, defaultStoreTimes } from './store-times';
import type {
  AnnotateOutcome,
  Annotation,
  ClaimOutcome,
  ClaimWants,
  Commit,
  CommitOutcome,
  CreateOutcome,
  Door,
  EventsOutcome,
  InterveneOutcome,
  Intervention,
  ItemRef,
  Lease,
  NewRun,
  NewThread,
  OutageGrace,
  OverdueItem,
  ParentAnswer,
  RenewOutcome,
  Renewal,
  RingableItem,
  RunSnapshot,
  RunStore,
  ThreadCreation,
  ThreadSnapshot,
} from './run-store';

/** The in-memory twin of the Redis store, for speed in unit tests: the same suite holds both to the same behaviour. */
export class MemoryRunStore implements RunStore {
  private readonly runs = new Map<string, Run>();
  private readonly threads = new Map<string, Thread>();
  private readonly agents = new Map<string, string>();
  /** Runs whose turn in their thread has come and whose tenant has no room. */
  private readonly line: Run[] = [];
  private sweptMs = Number.POSITIVE_INFINITY;
  private outage: Outage = { fromMs: 0, toMs: 0, leaseMs: 0 };

  private readonly ledger = new MemoryLedger(() => this.nowMs());

  constructor(
    private readonly nowMs: () => number = Date.now,
    private readonly times: StoreTimes = defaultStoreTimes,
    private readonly publish: Publish = () => false,
  ) {}

  async createThread(thread: NewThread): Promise<ThreadCreation> {
    const known = this.threads.get(thread.thread);
    if (known !== undefined) return creationOf(thread, known.new);
    this.addThread(thread);
    return 'created';
  }

  async create(run: NewRun, door?: Door): Promise<CreateOutcome> {
    const known = this.runs.get(run.run);
    if (known !== undefined) return createdBefore(run, known);
    const thread = this.threads.get(run.thread);
    const refusal = refusalOf(run, thread, this.agents.has(run.accepted.agentDigest));
    if (refusal !== undefined) return refusal;
    const spent = this.ledger.firstSpent(run.budgets ?? [], ownersOf(run));
    if (spent !== undefined) return { kind: 'no-budget', ...spent };
    return this.addRun(run, thread ?? this.addThread({ ...run, metadata: run.threadMetadata }), door);
  }

  async claim(
    { run, item }: ItemRef,
    owner: string,
    leaseMs: number,
    wants: ClaimWants = 'journal',
  ): Promise<ClaimOutcome> {
    const known = this.runs.get(run);
    const state = known?.items.get(item);
    if (known === undefined || state?.isOpen !== true) return { kind: 'stale' };
    const warnings: BudgetWarning[] = [];
    const member = `${run}|${item}`;
    if (state.owner !== owner) {
      if (state.untilMs > this.nowMs()) {
        return { kind: 'busy', owner: state.owner, leaseUntilMs: state.untilMs };
      }
      if (state.owner !== '-') state.past = 'begun';
      this.ledger.settleLost(member, state.past === 'begun', warnings);
      state.epoch += 1;
      state.owner = owner;
      state.lastRenewal = 0;
    }
    state.untilMs = this.nowMs() + leaseMs;
    state.dueMs = state.untilMs;
    state.rings = 0;
    const { thread, tenant, accepted } = known.new;
    const journal = wants === 'item only' ? [] : await this.journal(thread);
    return {
      kind: 'claimed',
      claimed: {
        allowance: this.ledger.allowance(known, item, { wants, journal, told: warnings }),
        warnings,
        lease: { run, item, owner, epoch: state.epoch },
        v: known.v,
        data: state.data,
        partialMessageId: state.partial,
        mayHaveBegun: state.past === 'begun',
        thread,
        tenant,
        agentDigest: accepted.agentDigest,
        isCancelled: known.isCancelled,
        journal,
      },
    };
  }

  async renew(lease: Lease, renewal: Renewal): Promise<RenewOutcome> {
    const run = this.runs.get(lease.run);
    const state = run?.items.get(lease.item);
    if (run === undefined || state?.isOpen !== true || !isHeldBy(state, lease)) return { kind: 'lost' };
    keepLease(state, renewal, this.nowMs());
    if (renewal.number > state.lastRenewal) {
      state.lastRenewal = renewal.number;
      state.partial = renewal.partialMessageId;
      for (const event of renewal.events ?? []) emit(run, event);
    }
    const place = renewal.leaseMs === 0 ? this.placeOf(run) : 0;
    return { kind: 'renewed', lastSeq: run.events.length, isCancelled: run.isCancelled, place };
  }

  async commit(lease: Lease, commit: Commit): Promise<CommitOutcome> {
    const run = this.runs.get(lease.run);
    const state = run?.items.get(lease.item);
    if (run === undefined || state === undefined || !isHeldBy(state, lease)) return { kind: 'lost' };
    if (!state.isOpen) return { kind: 'repeated', v: state.closedAt };
    const told = this.ledger.committed(`${lease.run}|${lease.item}`, commit);
    const applied = this.apply(run, commit, state, told);
    return { kind: 'committed', ...applied, ...(told.length === 0 ? {} : { warnings: told }) };
  }

  async intervene(intervention: Intervention): Promise<InterveneOutcome> {
    const run = this.runs.get(intervention.run);
    if (run === undefined) return { kind: 'missing' };
    if (run.v !== intervention.v) return { kind: 'conflict', v: run.v };
    if (intervention.kind === 'cancel') {
      run.isCancelled = true;
      leave(this.threads.get(run.new.thread)?.waiting ?? [], intervention.run);
      leave(this.line, run);
    }
    this.ledger.grant(intervention.grant);
    const { v, opened } = this.apply(run, intervention, undefined);
    return { kind: 'committed', v, opened };
  }

  async annotate(annotation: Annotation): Promise<AnnotateOutcome> {
    return annotateThread(this.threads.get(annotation.thread), annotation, this.nowMs());
  }

  async hide(id: string): Promise<'hidden' | 'missing'> {
    return hideRun(this.runs.get(id));
  }

  async sweep(limit: number, grace?: OutageGrace): Promise<readonly OverdueItem[]> {
    const now = this.nowMs();
    if (grace !== undefined && now - this.sweptMs >= grace.unsweptMs)
      this.outage = { fromMs: this.sweptMs, toMs: now, leaseMs: grace.leaseMs };
    this.sweptMs = now;
    return overdueAmong(this.runs.values(), this.outage, now)
      .slice(0, limit)
      .map(({ run, item, state }) => {
        const of = { run: run.new.run, item, v: run.v, place: this.placeOf(run) };
        return { ...of, ...ringAgain(state, this.times, now) };
      });
  }

  async reserve(lease: Lease, print: string, tariff: Tariff): Promise<ReserveOutcome> {
    const run = this.runs.get(lease.run);
    const state = run?.items.get(lease.item);
    if (run === undefined || state?.isOpen !== true || !isHeldBy(state, lease)) return { kind: 'lost' };
    this.ledger.tariffs.set(`${print}|${run.new.accepted.agentDigest}`, tariff);
    const told: BudgetWarning[] = [];
    const needs = { wants: { tariffs: print }, journal: await this.journal(run.new.thread), told };
    return { kind: 'reserved', allowance: this.ledger.allowance(run, lease.item, needs), warnings: told };
  }

  async holdAgain(lease: Lease, times: number): Promise<HoldAgainOutcome> {
    const state = this.runs.get(lease.run)?.items.get(lease.item);
    if (state?.isOpen !== true || !isHeldBy(state, lease)) return { kind: 'lost' };
    return this.ledger.holdAgain(`${lease.run}|${lease.item}`, times);
  }

  async reckon(): Promise<Reckoning> {
    return this.ledger.reckon((run, item) => this.runs.get(run)?.items.get(item)?.isOpen === true);
  }

  async rate(rating: Rating): Promise<RatingOutcome> {
    return keepRating(this.runs.get(rating.run), rating);
  }

  async run(id: string): Promise<RunSnapshot | undefined> {
    return runSnapshot(this.runs.get(id));
  }

  async thread(id: string): Promise<ThreadSnapshot | undefined> {
    return threadSnapshot(this.threads.get(id));
  }

  async runsOfThread(thread: string): Promise<readonly string[]> {
    return [...(this.threads.get(thread)?.runs ?? [])];
  }

  async newestRuns(tenant: string, limit: number): Promise<readonly string[]> {
    return newestOf(this.runs.values(), tenant, limit);
  }

  async journal(thread: string): Promise<readonly JournalEntry[]> {
    const facts = this.threads.get(thread)?.journal ?? [];
    return facts.map((fact, index) => ({ position: index + 1, fact }));
  }

  async events(id: string, afterSeq: number): Promise<EventsOutcome> {
    return eventsBehind(this.runs.get(id), afterSeq);
  }

  async putAgent(digest: string, definition: string): Promise<void> {
    this.agents.set(digest, definition);
  }

  async agent(digest: string): Promise<string | undefined> {
    return this.agents.get(digest);
  }

  private addThread(thread: NewThread): Thread {
    const added = newThreadRecord(thread, this.nowMs());
    this.threads.set(thread.thread, added);
    return added;
  }

  private addRun(created: NewRun, thread: Thread, door: Door | undefined): CreateOutcome {
    const now = this.nowMs();
    const run = newRunRecord(created, now);
    this.runs.set(created.run, run);
    thread.runs.push(created.run);
    thread.agent = created.accepted.agent;
    thread.updatedMs = now;
    const toRing = thread.active === undefined ? this.enter(run, thread, door) : undefined;
    if (toRing === undefined && thread.active !== created.run) thread.waiting.push(created.run);
    const place = toRing === undefined ? 0 : this.placeOf(run);
    const is = { isStarted: toRing !== undefined, isHanded: toRing?.length === 0 };
    return { kind: 'created', v: run.v, place, ...is };
  }

  /** Returns what is to be rung for, or undefined for a run that waits in its tenant's line. */
  private enter(run: Run, thread: Thread, door?: Door): readonly RingableItem[] | undefined {
    thread.active = run.new.run;
    if (hasRoomAmong(this.runs.values(), run)) return this.start(run, door);
    this.line.push(run);
    return undefined;
  }

  private start(run: Run, door?: Door): readonly RingableItem[] {
    run.start = this.record(run, run.new.accepted);
    run.status = 'running';
    run.v += 1;
    return this.openStep(run, 'step:1', door);
  }

  private apply(
    run: Run,
    commit: Commit,
    held: Item | undefined,
    told: BudgetWarning[] = [],
  ): { v: number; opened: readonly RingableItem[]; isStepHanded: boolean } {
    const opened: RingableItem[] = [];
    run.v += 1;
    run.status = commit.status;
    run.updatedMs = this.nowMs();
    for (const event of commit.events ?? []) emit(run, event);
    for (const fact of commit.facts) this.record(run, fact);
    if (held !== undefined) close(held, run.v);
    for (const name of commit.close ?? []) {
      const item = run.items.get(name);
      if (item?.isOpen !== true) continue;
      close(item, run.v);
      this.ledger.settleLost(`${run.new.run}|${name}`, true, told);
    }
    for (const { item, data, lookAtMs } of commit.open.filter(({ mayBeHanded }) => mayBeHanded !== true)) {
      const lookAt = lookAtMs !== undefined && run.isCancelled ? this.nowMs() : lookAtMs;
      const ringable = this.open(run, item, data, lookAt);
      if (lookAtMs === undefined) opened.push(ringable);
    }
    const { step, calls } = commit.doors ?? {};
    const toHand = commit.open.filter(({ mayBeHanded }) => mayBeHanded === true);
    opened.push(...this.openAt(run, { items: toHand, door: calls }));
    const next = commit.status === 'running' ? this.openNext(run, commit.nextItem, step) : undefined;
    opened.push(...(next ?? []));
    if (commit.parent !== undefined) this.answerParent(commit.parent, opened, told);
    if (commit.status !== 'running') this.freeThread(run, opened);
    return { v: run.v, opened, isStepHanded: next?.length === 0 };
  }

  private record(run: Run, fact: Fact): number {
    const thread = this.threads.get(run.new.thread);
    if (thread === undefined) throw new Error(`run ${run.new.run} has no thread`);
    const position = thread.journal.push(fact);
    emit(run, { type: 'fact', position, fact });
    return position;
  }

  private open(run: Run, item: string, data: string, lookAtMs?: number): RingableItem {
    run.items.set(item, newItem(data, lookAtMs ?? this.nowMs() + this.times.ringGraceMs));
    return { run: run.new.run, item, v: run.v, place: this.placeOf(run) };
  }

  private placeOf(run: Run): number {
    return runningOf(this.runs.values(), run.new.tenant).length;
  }

  /** Returns what is to be rung for, or undefined if it is not the time for it. */
  private openNext(run: Run, nextItem = '', door?: Door): readonly RingableItem[] | undefined {
    const isAnyOpen = [...run.items.values()].some((item) => item.isOpen);
    return isAnyOpen || nextItem === '' ? undefined : this.openStep(run, nextItem, door);
  }

  private openStep(run: Run, item: string, door: Door | undefined): readonly RingableItem[] {
    const journal = this.threads.get(run.new.thread)?.journal ?? [];
    return this.openAt(run, { items: [{ item, data: '' }], door, journal });
  }

  /** Returns what is to be rung for: all, or nothing where they were handed over. */
  private openAt(run: Run, toHand: ToHand): readonly RingableItem[] {
    if (handedOver(run, toHand, { nowMs: this.nowMs(), publish: this.publish })) return [];
    return toHand.items.map(({ item, data }) => this.open(run, item, data));
  }

  private answerParent(parent: ParentAnswer, opened: RingableItem[], told: BudgetWarning[]): void {
    const run = this.runs.get(parent.run);
    const call = run?.items.get(parent.item);
    if (run === undefined || call?.isOpen !== true) return;
    run.v += 1;
    run.updatedMs = this.nowMs();
    this.record(run, parent.fact);
    close(call, run.v);
    this.ledger.settleLost(`${parent.run}|${parent.item}`, true, told);
    opened.push(...(this.openNext(run, parent.nextItem) ?? []));
  }

  private freeThread(run: Run, opened: RingableItem[]): void {
    const thread = this.threads.get(run.new.thread);
    if (thread === undefined) return;
    thread.updatedMs = this.nowMs();
    if (thread.active !== run.new.run) return;
    thread.active = undefined;
    const waiting = this.runs.get(thread.waiting.shift() ?? '');
    opened.push(...((waiting && this.enter(waiting, thread)) ?? []));
    if (run.start !== undefined) this.admit(run.new.tenant, opened);
  }

  private admit(tenant: string, opened: RingableItem[]): void {
    const ofTenant = this.line.filter((run) => run.new.tenant === tenant);
    const next = ofTenant.find((run) => hasRoomAmong(this.runs.values(), run));
    if (next === undefined) return;
    leave(this.line, next);
    opened.push(...this.start(next));
  }
}
