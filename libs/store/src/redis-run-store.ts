import type { Redis } from 'ioredis';
import type { DurableWriter } from './durable-writer';
import { keyPrefix, keys } from './keys';
import {
  annotateReply,
  claimReply,
  commitReply,
  createReply,
  entriesOf,
  eventsOf,
  interveneReply,
  renewReply,
  runSnapshot,
  sweepReply,
  threadSnapshot,
} from './replies';
import {
  type Grant,
  type Rating,
  type RatingOutcome,
  type Reckoning,
  type HoldAgainOutcome,
  type ReserveOutcome,
  type Spent,
  type Tariff,
  nanosOf,
  ratingsPerRun,
} from './ledger';
import { holdAgainReply, ratingReply, reckonReply, reserveReply } from './ledger-replies';
import { agentLabel, labelsOf } from './labels';
import { sameConnection } from './same-connection';
import { checkpointBytes, storeCounts } from './store-metrics';
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
  ItemToOpen,
  Lease,
  NewRun,
  NewThread,
  OutageGrace,
  OverdueItem,
  RenewOutcome,
  Renewal,
  RunSnapshot,
  RunStore,
  ThreadCreation,
  ThreadSnapshot,
} from './run-store';
import type { JournalEntry } from '@lumina/contracts';

/** A tariff is written whenever a process does not find it; what no process asks for any more lapses. */
const tariffsKeptMs = 7 * 86_400_000;

/** About how many holds one script looks at. */
const reckonedAtOnce = 200;

/** The run store on Redis: each change is one Lua script (see lua/), each script one atomic step. */
export class RedisRunStore implements RunStore {
  constructor(
    private readonly writer: DurableWriter,
    private readonly reader: Redis,
    private readonly times: StoreTimes = defaultStoreTimes,
  ) {}

  /** Resolves when all that could be read at the time of the call is as durable as promised. */
  confirm(): Promise<void> {
    return this.writer.confirm();
  }

  async createThread({ thread, tenant, metadata, creation = '' }: NewThread): Promise<ThreadCreation> {
    const args = [
      tenant,
      Date.now(),
      JSON.stringify(metadata),
      keyPrefix,
      thread,
      creation,
      ...labelsOf(metadata),
    ];
    return (await this.writer.write('thread', [keys.thread(thread)], args)) as ThreadCreation;
  }

  async create(run: NewRun, door?: Door): Promise<CreateOutcome> {
    const names = [
      keys.run(run.run),
      keys.thread(run.thread),
      keys.runsOfThread(run.thread),
      keys.waiting(run.thread),
      keys.agent(run.accepted.agentDigest),
    ];
    const args = [
      ...[keyPrefix, run.run, run.thread, run.tenant, run.accepted.agent, run.accepted.agentDigest],
      ...[run.requestDigest, JSON.stringify(run.accepted), Date.now(), this.times.ringGraceMs],
      ...[run.ifThreadMissing, run.ifThreadBusy, JSON.stringify(run.threadMetadata)],
      ...[listingOf(run), `${run.caps.ofTenant} ${run.caps.ofAgent}`],
      ...[jsonOr(run.about), jsonOr(run.after)],
      run.accepted.workspaceThread ?? '',
      run.budgets === undefined || run.budgets.length === 0 ? '' : JSON.stringify(run.budgets),
      ...[doorArg(door), agentLabel(run.accepted.agent), ...labelsOf(run.threadMetadata)],
    ];
    return createReply(await this.writer.write('create', names, args));
  }

  async claim(
    { run, item }: ItemRef,
    owner: string,
    leaseMs: number,
    wants: ClaimWants = 'journal',
  ): Promise<ClaimOutcome> {
    const print = typeof wants === 'string' ? '' : wants.tariffs;
    const args = [keyPrefix, run, item, owner, leaseMs, wants === 'item only' ? '-' : 'journal', print];
    if (wants !== 'item only') storeCounts.checkpoints.read += 1;
    return claimReply({ run, item, owner }, await this.writer.write('claim', [keys.run(run)], args));
  }

  async renew({ run, item, epoch, owner }: Lease, renewal: Renewal): Promise<RenewOutcome> {
    const args = [
      ...[keyPrefix, run, item, epoch, owner, renewal.leaseMs, renewal.lookAgainMs ?? renewal.leaseMs],
      ...[renewal.number, renewal.partialMessageId ?? '', renewal.mayHaveBegun === false ? 'clean' : 'begun'],
      ...(renewal.events ?? []).map((event) => JSON.stringify(event)),
    ];
    return renewReply(await this.writer.write('renew', [keys.run(run)], args));
  }

  async commit({ run, item, epoch, owner }: Lease, commit: Commit): Promise<CommitOutcome> {
    const { step, calls } = commit.doors ?? {};
    const args = [
      ...[keyPrefix, run, item, epoch, owner],
      ...this.howArgs(commit),
      ...[doorArg(step), doorArg(calls)],
      ...changeArgs(commit),
    ];
    return commitReply(await this.writer.write('commit', [keys.run(run)], args));
  }

  async intervene(intervention: Intervention): Promise<InterveneOutcome> {
    const { run, v, kind } = intervention;
    const args = [...[keyPrefix, run, v, kind], ...this.howArgs(intervention), ...changeArgs(intervention)];
    return interveneReply(await this.writer.write('intervene', [keys.run(run)], args));
  }

  async annotate({ thread, tenant, journalLength, fact }: Annotation): Promise<AnnotateOutcome> {
    const args = [tenant, journalLength, Date.now(), JSON.stringify(fact)];
    return annotateReply(
      await this.writer.write('annotate', [keys.thread(thread), keys.journal(thread)], args),
    );
  }

  async hide(run: string): Promise<'hidden' | 'missing'> {
    return (await this.writer.write('hide', [keys.run(run)], [Date.now()])) as 'hidden' | 'missing';
  }

  async sweep(limit: number, grace?: OutageGrace): Promise<readonly OverdueItem[]> {
    const args = [
      ...[keyPrefix, limit, this.times.ringGraceMs, this.times.longestRingGraceMs],
      ...(grace === undefined ? [] : [grace.unsweptMs, grace.leaseMs]),
    ];
    return sweepReply(await this.writer.write('sweep', [keys.due, keys.sweeps], args));
  }

  async reserve({ run, item, epoch, owner }: Lease, print: string, tariff: Tariff): Promise<ReserveOutcome> {
    const args = [keyPrefix, run, item, epoch, owner, print, JSON.stringify(tariff), tariffsKeptMs];
    return reserveReply(await this.writer.write('reserve', [keys.run(run)], args));
  }

  async holdAgain({ run, item, epoch, owner }: Lease, times: number): Promise<HoldAgainOutcome> {
    const args = [keyPrefix, run, item, epoch, owner, times];
    return holdAgainReply(await this.writer.write('hold-again', [keys.run(run)], args));
  }

  async reckon(): Promise<Reckoning> {
    const settled: string[] = [];
    const warnings: Reckoning['warnings'][number][] = [];
    let cursor = '0';
    do {
      const found = reckonReply(
        await this.writer.write('reckon', [keys.holds], [keyPrefix, cursor, reckonedAtOnce]),
      );
      settled.push(...found.settled);
      warnings.push(...found.warnings);
      ({ cursor } = found);
    } while (cursor !== '0');
    return { settled, warnings };
  }

  async rate({ run, tenant, name, json }: Rating): Promise<RatingOutcome> {
    return ratingReply(await this.writer.write('rate', [keys.run(run)], [tenant, name, json, ratingsPerRun]));
  }

  async run(run: string): Promise<RunSnapshot | undefined> {
    return runSnapshot(run, await this.reader.hgetall(keys.run(run)));
  }

  async thread(thread: string): Promise<ThreadSnapshot | undefined> {
    return threadSnapshot(thread, await this.reader.hgetall(keys.thread(thread)));
  }

  runsOfThread(thread: string): Promise<readonly string[]> {
    return this.reader.lrange(keys.runsOfThread(thread), 0, -1);
  }

  newestRuns(tenant: string, limit: number): Promise<readonly string[]> {
    return this.reader.lrange(keys.newest(tenant), 0, limit - 1);
  }

  async journal(thread: string): Promise<readonly JournalEntry[]> {
    storeCounts.checkpoints.read += 1;
    return entriesOf(await this.reader.lrange(keys.journal(thread), 0, -1));
  }

  /** S5: what is shown must stand, so what was read is shown only when replicas hold it, and only if it was read from the same master. */
  async events(run: string, afterSeq: number): Promise<EventsOutcome> {
    const isSame = sameConnection(this.reader);
    const found = await this.readEvents(run, afterSeq);
    if (found.kind !== 'events' || found.events.length === 0) return found;
    await this.confirm();
    return isSame() ? found : this.events(run, afterSeq);
  }

  private async readEvents(run: string, afterSeq: number): Promise<EventsOutcome> {
    // In this order: an event that comes in between is then read, and not taken for one that was trimmed.
    const [lastSeq, entries] = await Promise.all([
      this.reader.hget(keys.run(run), 'seq'),
      this.reader.xrange(keys.events(run), `${afterSeq + 1}-0`, '+'),
    ]);
    return eventsOf(entries, afterSeq, Number(lastSeq ?? 0));
  }

  async putAgent(digest: string, definition: string): Promise<void> {
    await this.reader.set(keys.agent(digest), definition);
  }

  async agent(digest: string): Promise<string | undefined> {
    return (await this.reader.get(keys.agent(digest))) ?? undefined;
  }

  private howArgs({ status }: Commit): readonly (string | number)[] {
    return [Date.now(), this.times.ringGraceMs, status, this.times.eventsKeptMs];
  }
}

/** As readChange in lua/parts/changes.lua takes it. */
function changeArgs(change: Commit): readonly (string | number)[] {
  const { facts, events = [], close = [], open, nextItem = '', parent, spent, grant } = change;
  const journaled = facts.map((fact) => JSON.stringify(fact));
  if (facts.length > 0) {
    storeCounts.checkpoints.write += 1;
    checkpointBytes.observe(journaled.reduce((sum, fact) => sum + fact.length, 0));
  }
  return [
    ...[facts.length, ...journaled],
    ...[close.length, ...close],
    ...[open.length, ...open.flatMap(openArgs)],
    nextItem,
    ...(parent === undefined
      ? ['', '', '', '', '']
      : [parent.run, parent.thread, parent.item, JSON.stringify(parent.fact), parent.nextItem]),
    ...[events.length, ...events.map((event) => JSON.stringify(event))],
    ...[spent === undefined ? '' : spentArg(spent), grant === undefined ? '' : grantArg(grant)],
  ];
}

const openArgs = ({
  item,
  data,
  lookAtMs,
  mayBeHanded = false,
}: ItemToOpen): readonly (string | number)[] => [...[item, data, lookAtMs ?? '', mayBeHanded ? 'hand' : '']];

const doorArg = (door: Door | undefined): string =>
  door === undefined ? '' : `${door.channel} ${door.worker} ${door.leaseMs}`;

const spentArg = ({ inputTokens, outputTokens, cachedInputTokens, costUsd, ...spent }: Spent): string =>
  JSON.stringify({
    ...{ agent: spent.agent, model: spent.model, lost: spent.lost, cached: spent.cached },
    ...{ input: inputTokens, output: outputTokens, cachedInput: cachedInputTokens, nano: nanosOf(costUsd) },
  });

const grantArg = ({ account, amount, more }: Grant): string =>
  JSON.stringify({
    account,
    tokens: amount === 'tokens' ? more : 0,
    nano: amount === 'tokens' ? 0 : nanosOf(more),
  });
/** A thread that is removed with its run is not looked for. */
function listingOf({ isListed, after }: NewRun): string {
  if (!isListed) return 'hidden';
  return after?.forgetMs === undefined ? 'listed' : 'alone';
}

const jsonOr = (value: object | undefined): string => (value === undefined ? '' : JSON.stringify(value));
