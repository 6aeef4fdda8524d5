import type { Handing } from '@lumina/contracts';
import fc from 'fast-check';
import type { Allowance, Tariff } from '../ledger';
import type { Commit, Door, ItemRef, Lease, RunSnapshot, RunStore } from '../run-store';
import { accepted, newRun, toolAnswered } from './fixtures';

/** So long that time decides nothing; rings have no grace, so that whatever nobody holds is always due. */
const leaseMs = 3_600_000;
export const times = { ringGraceMs: 0, longestRingGraceMs: 0, eventsKeptMs: leaseMs };

const runs = ['r0', 'r1', 'r2', 'r3'];
const items = ['step:1', 'step:2', 'call:1.0', 'call:1.1', 'child:1.0'];
const anyRun = fc.constantFrom(...runs);
const anyThread = fc.constantFrom('t0', 't1');
const anyTenant = fc.constantFrom('acme', 'acme', 'acme', 'rival');
const anyItem = fc.constantFrom(...items);
/** Which of the leases that were given out so far, newest first. */
const anyLease = fc.nat({ max: 3 });

/** Which of the items that are open, in one order for both stores. */
const anyOpen = fc.nat({ max: 3 });
/** Whether a worker is there for what is opened, hears nothing any more, or none was picked. */
const anyDoor = fc.constantFrom(undefined, 'there' as const, 'there' as const, 'gone' as const);
const creation = fc.record({
  type: fc.constant('create' as const),
  run: anyRun,
  thread: anyThread,
  tenant: anyTenant,
  isRequired: fc.constantFrom(false, false, false, true),
  isRejected: fc.boolean(),
  isListed: fc.boolean(),
  isAltered: fc.constantFrom(false, false, false, true),
  isAgentKnown: fc.constantFrom(true, true, true, true, false),
  door: anyDoor,
});
/** Budgets that are soon used up, so that runs stand in each other's way; the others have room for further requests. */
const tariffs: readonly Tariff[] = [
  {
    ...{ base: 10, out: 100, model: 'openai/a', models: [{ name: 'openai/a', input: 1, output: 10 }] },
    budgets: [
      { scope: 'tenant', name: '*', except: ['rival'], period: 'day', tokens: 900, onLimit: 'wait' },
      { scope: 'tenant', name: 'rival', period: 'month', nanoUsd: 2_500, onLimit: 'fail' },
      { scope: 'agent', name: 'lumina', period: 'ever', tokens: 1_500, nanoUsd: 4_000, onLimit: 'fail' },
    ],
  },
  {
    ...{ base: 10, out: 50 },
    models: [
      { name: 'openai/a', input: 0.5, output: 10 },
      { name: 'openai/b', input: 2, output: 20 },
    ],
    budgets: [
      { scope: 'model', name: 'openai/a', period: 'day', nanoUsd: 8_000, onLimit: 'wait' },
      { scope: 'model', name: 'openai/b', period: 'day', tokens: 6_000, onLimit: 'fail' },
      { scope: 'thread', name: '*', period: 'month', nanoUsd: 20_000, onLimit: 'wait' },
    ],
  },
];
const spending = fc.record({
  agent: fc.constant('lumina'),
  model: fc.constantFrom('openai/a', 'openai/b', ''),
  inputTokens: fc.nat({ max: 900 }),
  outputTokens: fc.nat({ max: 100 }),
  costUsd: fc.nat({ max: 2_500 }).map((nanos) => nanos / 1e9),
  lost: fc.constantFrom(0, 0, 0, 1, 2),
});
const commitment = fc.record({
  type: fc.constant('commit' as const),
  lease: anyLease,
  facts: fc.nat({ max: 2 }),
  open: fc.uniqueArray(anyItem, { maxLength: 2 }),
  next: fc.option(anyItem),
  status: fc.constantFrom('running' as const, 'running' as const, 'succeeded' as const, 'failed' as const),
  spent: fc.option(spending),
  granted: fc.constantFrom(false, false, false, true),
  stepDoor: anyDoor,
  callDoor: anyDoor,
  parent: fc.option(fc.record({ run: anyRun, item: anyItem, next: anyItem })),
});
const anyOwner = fc.constantFrom('w1', 'w2');

export const operation = fc.oneof(
  { arbitrary: creation, weight: 3 },
  { arbitrary: commitment, weight: 4 },
  { arbitrary: fc.record({ type: fc.constant('take' as const), open: anyOpen, owner: anyOwner }), weight: 4 },
  fc.record({ type: fc.constant('thread' as const), thread: anyThread, tenant: anyTenant }),
  fc.record({
    type: fc.constant('claim' as const),
    run: anyRun,
    item: fc.constantFrom('step:1', 'step:1', ...items),
    owner: anyOwner,
  }),
  fc.record({
    type: fc.constant('renew' as const),
    lease: anyLease,
    isKept: fc.boolean(),
    number: fc.integer({ min: 1, max: 4 }),
    words: fc.option(fc.string({ maxLength: 20 })),
  }),
  fc.record({ type: fc.constant('sweep' as const) }),
  {
    arbitrary: fc.record({
      type: fc.constant('reserve' as const),
      lease: anyLease,
      tariff: fc.nat({ max: 1 }),
    }),
    weight: 2,
  },
  {
    arbitrary: fc.record({
      type: fc.constant('again' as const),
      lease: fc.oneof(fc.constant(0), anyLease),
      times: fc.integer({ min: 1, max: 3 }),
    }),
    weight: 3,
  },
  fc.record({ type: fc.constant('reckon' as const) }),
  fc.record({
    type: fc.constant('intervene' as const),
    run: anyRun,
    isStale: fc.boolean(),
    isEnd: fc.boolean(),
  }),
  fc.record({ type: fc.constant('events' as const), run: anyRun, after: fc.nat({ max: 6 }) }),
);
export type Operation = typeof operation extends fc.Arbitrary<infer Value> ? Value : never;

/** One store, with the leases that it gave out; a run's items are opened once only, as the core promises. */
export class Subject {
  private readonly leases: Lease[] = [];
  private readonly everOpened = new Set<string>();

  /** `heard`: resolves to what a worker that is there was handed since it was asked last. */
  constructor(
    readonly store: RunStore,
    private readonly heard: () => Promise<readonly Handing[]>,
  ) {}

  /** What the store answered, and what it handed over meanwhile. */
  async do(operation: Operation): Promise<{ outcome: unknown; handed: readonly Handing[] }> {
    const outcome = await this.outcome(operation);
    const handings = await this.heard();
    for (const { of, items: handed } of handings)
      for (const { item } of handed) this.leases.unshift({ run: of.run, item, owner: of.owner, epoch: 1 });
    return { outcome, handed: handings.map(({ of, ...rest }) => ({ ...rest, of: { ...of, owner: '' } })) };
  }

  private async outcome(operation: Operation): Promise<unknown> {
    switch (operation.type) {
      case 'create':
        return this.create(operation);
      case 'thread':
        return this.store.createThread({
          thread: operation.thread,
          tenant: operation.tenant,
          metadata: { a: 1 },
        });
      case 'take': {
        const open = await this.openItems();
        const taken = open[operation.open];
        return taken === undefined ? 'nothing open' : this.claim(taken, operation.owner);
      }
      case 'claim':
        return this.claim(operation, operation.owner);
      case 'renew': {
        const lease = this.leases[operation.lease];
        if (lease === undefined) return 'no lease';
        const words = operation.words;
        const events = words === null ? [] : [{ type: 'delta', messageId: 'm', text: words } as const];
        return this.store.renew(lease, {
          leaseMs: operation.isKept ? leaseMs : 0,
          number: operation.number,
          events,
          ...(words === null ? {} : { partialMessageId: 'm' }),
        });
      }
      case 'reserve': {
        const [lease, tariff] = [this.leases[operation.lease], tariffs[operation.tariff]];
        if (lease === undefined || tariff === undefined) return 'no lease';
        return this.store.reserve(lease, 'print', tariff);
      }
      case 'again': {
        const lease = this.leases[operation.lease];
        return lease === undefined ? 'no lease' : this.store.holdAgain(lease, operation.times);
      }
      case 'reckon': {
        const { settled, warnings } = await this.store.reckon();
        return { settled: [...settled].sort(), warnings: warnings.length };
      }
      case 'commit':
        return this.commit(operation);
      case 'intervene':
        return this.intervene(operation);
      case 'sweep':
        return [...(await this.store.sweep(1_000))]
          .map((overdue) => ({ ...overdue, overdueMs: 0 }))
          .sort((a, b) => (`${a.run} ${a.item}` < `${b.run} ${b.item}` ? -1 : 1));
      case 'events':
        return this.store.events(operation.run, operation.after);
    }
  }

  async look(): Promise<unknown> {
    const snapshots = await Promise.all(runs.map((run) => this.store.run(run)));
    const threads = await Promise.all(
      ['t0', 't1'].map(async (thread) => ({
        snapshot: await this.store.thread(thread),
        runs: await this.store.runsOfThread(thread),
        journal: await this.store.journal(thread),
      })),
    );
    const events = await Promise.all(runs.map((run) => this.store.events(run, 0)));
    const newest = await Promise.all(['acme', 'rival'].map((tenant) => this.store.newestRuns(tenant, 10)));
    return {
      runs: snapshots.map((snapshot) => snapshot && timeless(snapshot)),
      threads: threads.map(({ snapshot, ...rest }) => ({
        ...rest,
        snapshot: snapshot && { ...snapshot, createdMs: 0, updatedMs: 0 },
      })),
      events,
      newest,
    };
  }

  private async openItems(): Promise<readonly ItemRef[]> {
    const snapshots = await Promise.all(runs.map((run) => this.store.run(run)));
    return snapshots.flatMap((snapshot) => {
      const open = (snapshot?.items ?? []).filter(({ isOpen }) => isOpen).map(({ item }) => item);
      return open.sort().map((item) => ({ run: snapshot?.run ?? '', item }));
    });
  }

  /** What a run that ends leaves behind: nothing, as the core promises. */
  private async othersOf(run: string, held?: string): Promise<readonly string[]> {
    const open = (await this.openItems()).filter((item) => item.run === run && item.item !== held);
    return open.map(({ item }) => item);
  }

  private async intervene({
    run,
    isStale,
    isEnd,
  }: Extract<Operation, { type: 'intervene' }>): Promise<unknown> {
    const snapshot = await this.store.run(run);
    const v = (snapshot?.v ?? 0) + (isStale ? 1 : 0);
    if (snapshot !== undefined && snapshot.status !== 'running' && snapshot.status !== 'queued')
      return 'ended';
    const isQueued = snapshot?.status === 'queued';
    const kind = isEnd || isQueued ? 'cancel' : 'decide';
    const status = kind === 'cancel' ? 'cancelled' : 'running';
    const close = status === 'cancelled' ? await this.othersOf(run) : [];
    return this.store.intervene({ run, v, kind, status, facts: [], close, open: [] });
  }

  private async claim({ run, item }: ItemRef, owner: string): Promise<unknown> {
    const outcome = await this.store.claim({ run, item }, owner, leaseMs, { tariffs: 'print' });
    if (outcome.kind === 'claimed') this.leases.unshift(outcome.claimed.lease);
    return outcome.kind === 'busy' ? { ...outcome, owner: ownerOf(outcome.owner), leaseUntilMs: 0 } : outcome;
  }

  private create(operation: Extract<Operation, { type: 'create' }>): Promise<unknown> {
    const { run, thread, tenant, isRequired, isRejected, isListed, isAltered, isAgentKnown, door } =
      operation;
    return this.store.create(
      newRun(run, {
        thread,
        tenant,
        isListed,
        accepted: { ...accepted(run), agentDigest: isAgentKnown ? 'd1' : 'd2' },
        ifThreadMissing: isRequired ? 'require' : 'create',
        ifThreadBusy: isRejected ? 'reject' : 'enqueue',
        requestDigest: isAltered ? 'altered' : 'plain',
      }),
      doorOf(door),
    );
  }

  private async commit(operation: Extract<Operation, { type: 'commit' }>): Promise<unknown> {
    const lease = this.leases[operation.lease];
    if (lease === undefined) return 'no lease';
    const { run } = lease;
    const fresh = (item: string): boolean => item !== 'step:1' && !this.everOpened.has(`${run} ${item}`);
    const { status, parent, spent } = operation;
    const account = `account:tenant|acme|${new Date().toISOString().slice(0, 10)}`;
    const open = status === 'running' ? operation.open.filter(fresh) : [];
    const next =
      status === 'running' && operation.next !== null && fresh(operation.next) ? operation.next : undefined;
    const parentThread = parent === null ? undefined : (await this.store.run(parent.run))?.thread;
    const isParent =
      status !== 'running' && parent !== null && parentThread !== undefined && parent.run !== run;
    const isNextFresh =
      parent !== null && !this.everOpened.has(`${parent.run} ${parent.next}`) && parent.next !== 'step:1';
    const commit: Commit = {
      facts: Array.from({ length: operation.facts }, (_, index) => toolAnswered(run, `x${index}`)),
      status,
      close: status === 'running' ? [] : await this.othersOf(run, lease.item),
      open: open.map((item) => ({
        item,
        data: item.startsWith('call') ? '{"a":"ü"}' : '',
        mayBeHanded: item.startsWith('call'),
      })),
      doors: { step: doorOf(operation.stepDoor), calls: doorOf(operation.callDoor) },
      ...(spent === null ? {} : { spent }),
      ...(operation.granted ? { grant: { account, amount: 'tokens', more: 500 } } : {}),
      ...(next === undefined || open.includes(next) ? {} : { nextItem: next }),
      ...(isParent && isNextFresh
        ? {
            parent: {
              run: parent.run,
              thread: parentThread,
              item: parent.item,
              fact: toolAnswered(parent.run, 'child'),
              nextItem: parent.next,
            },
          }
        : {}),
    };
    const outcome = await this.store.commit(lease, commit);
    for (const item of [...open, commit.nextItem ?? '']) this.everOpened.add(`${run} ${item}`);
    if (commit.parent !== undefined) this.everOpened.add(`${commit.parent.run} ${commit.parent.nextItem}`);
    return outcome;
  }
}

/** What is handed over is held under a name with the time in it. */
const ownerOf = (owner: string): string => owner.replace(/#.*/, '');

/** Where the worker that is there hears. */
export const openChannel = 'door';
const doorOf = (door: 'there' | 'gone' | undefined): Door | undefined =>
  door === undefined
    ? undefined
    : { channel: door === 'there' ? openChannel : 'nobody', worker: 'w3', leaseMs };

/** Makes what calls cost known. */
export const priced = (tariff: number): readonly Operation[] => [
  {
    ...{ type: 'create', run: 'r0', thread: 't0', tenant: 'acme', isRequired: false, isRejected: false },
    ...{ isListed: true, isAltered: false, isAgentKnown: true, door: undefined },
  },
  { type: 'take', open: 0, owner: 'w1' },
  { type: 'reserve', lease: 0, tariff },
];

/** What a claim or a reservation was allowed. */
export function allowanceIn(outcome: unknown): string | undefined {
  const {
    claimed,
    kind,
    allowance = claimed?.allowance,
  } = outcome as {
    readonly kind?: string;
    readonly claimed?: { readonly allowance: Allowance };
    readonly allowance?: Allowance;
  };
  return allowance === undefined ? `again: ${kind ?? ''}` : allowance.kind;
}

const timeless = (snapshot: RunSnapshot): unknown => ({
  ...snapshot,
  createdMs: 0,
  updatedMs: 0,
  items: [...snapshot.items]
    .sort((a, b) => (a.item < b.item ? -1 : 1))
    .map((item) => ({
      ...item,
      owner: item.owner && ownerOf(item.owner),
      leaseUntilMs: item.leaseUntilMs === undefined ? undefined : 1,
    })),
});
