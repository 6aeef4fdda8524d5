import {
  type FactOf,
  type JournalEntry,
  type RunEvent,
  type SequencedEvent,
  factSchema,
  runEventSchema,
} from '@lumina/contracts';
import { allowanceOf, warningsOf } from './ledger-replies';
import type {
  AnnotateOutcome,
  ClaimOutcome,
  CommitOutcome,
  CreateOutcome,
  EventsOutcome,
  InterveneOutcome,
  ItemSnapshot,
  OverdueItem,
  RenewOutcome,
  RingableItem,
  RunAbout,
  RunAfter,
  RunSnapshot,
  RunStatus,
  ThreadSnapshot,
} from './run-store';

/** The scripts' answers, as Redis sends them, made into the store's outcomes. */
type Reply = readonly unknown[];

const kindOf = (reply: unknown): string => String((reply as Reply)[0]);
const text = (reply: unknown, index: number): string => String((reply as Reply)[index]);
const number = (reply: unknown, index: number): number => Number((reply as Reply)[index]);

function unexpected(script: string, reply: unknown): never {
  throw new Error(`the store's script ${script} answered ${kindOf(reply)}, which is not in its contract`);
}

export function createReply(reply: unknown): CreateOutcome {
  const kind = kindOf(reply);
  switch (kind) {
    case 'created':
      return {
        kind,
        v: number(reply, 1),
        isStarted: number(reply, 2) === 1,
        place: number(reply, 3),
        isHanded: number(reply, 4) === 1,
      };
    case 'exists':
      return { kind, v: number(reply, 1) };
    case 'thread-busy':
      return { kind, activeRun: text(reply, 1) };
    case 'mismatch':
    case 'thread-missing':
    case 'agent-missing':
      return { kind };
    case 'no-budget': {
      return {
        kind,
        scope: text(reply, 1),
        name: text(reply, 2),
        period: text(reply, 3),
        amount: text(reply, 4),
      };
    }
    default:
      return unexpected('create', reply);
  }
}

export function claimReply(
  claim: { run: string; item: string; owner: string },
  reply: unknown,
): ClaimOutcome {
  const kind = kindOf(reply);
  switch (kind) {
    case 'stale':
      return { kind };
    case 'busy':
      return { kind, owner: text(reply, 1), leaseUntilMs: number(reply, 2) };
    case 'claimed':
      return {
        kind,
        claimed: {
          lease: { ...claim, epoch: number(reply, 1) },
          v: number(reply, 2),
          data: text(reply, 3),
          partialMessageId: text(reply, 4) || undefined,
          thread: text(reply, 5),
          tenant: text(reply, 6),
          agentDigest: text(reply, 7),
          mayHaveBegun: text(reply, 8) === 'begun',
          isCancelled: number(reply, 9) === 1,
          journal: entriesOf((reply as Reply)[10] as readonly string[]),
          allowance: allowanceOf((reply as Reply)[11]),
          warnings: warningsOf((reply as Reply)[12]),
        },
      };
    default:
      return unexpected('claim', reply);
  }
}

export function renewReply(reply: unknown): RenewOutcome {
  const kind = kindOf(reply);
  if (kind === 'renewed')
    return {
      kind,
      lastSeq: number(reply, 1),
      isCancelled: number(reply, 2) === 1,
      place: number(reply, 3),
    };
  return kind === 'lost' ? { kind } : unexpected('renew', reply);
}

export function commitReply(reply: unknown): CommitOutcome {
  const kind = kindOf(reply);
  switch (kind) {
    case 'lost':
      return { kind };
    case 'repeated':
      return { kind, v: number(reply, 1) };
    case 'committed':
      return {
        kind,
        v: number(reply, 1),
        opened: openedItems((reply as Reply)[2] as Reply),
        isStepHanded: number(reply, 4) === 1,
        ...told((reply as Reply)[3]),
      };
    default:
      return unexpected('commit', reply);
  }
}

function told(reply: unknown): Pick<Extract<CommitOutcome, { kind: 'committed' }>, 'warnings'> {
  const warnings = warningsOf(reply);
  return warnings.length === 0 ? {} : { warnings };
}

export function interveneReply(reply: unknown): InterveneOutcome {
  const kind = kindOf(reply);
  switch (kind) {
    case 'missing':
      return { kind };
    case 'conflict':
      return { kind, v: number(reply, 1) };
    case 'committed':
      return { kind, v: number(reply, 1), opened: openedItems((reply as Reply)[2] as Reply) };
    default:
      return unexpected('intervene', reply);
  }
}

export function annotateReply(reply: unknown): AnnotateOutcome {
  const kind = kindOf(reply);
  switch (kind) {
    case 'annotated':
      return { kind, position: number(reply, 1) };
    case 'thread-busy':
      return { kind, activeRun: text(reply, 1) };
    case 'thread-missing':
    case 'conflict':
      return { kind };
    default:
      return unexpected('annotate', reply);
  }
}

function openedItems(flat: Reply): readonly RingableItem[] {
  const items: RingableItem[] = [];
  for (let index = 0; index < flat.length; index += 4) {
    items.push({
      run: text(flat, index),
      item: text(flat, index + 1),
      v: number(flat, index + 2),
      place: number(flat, index + 3),
    });
  }
  return items;
}

export function sweepReply(reply: unknown): readonly OverdueItem[] {
  return (reply as readonly Reply[]).map((entry) => ({
    run: text(entry, 0),
    item: text(entry, 1),
    v: number(entry, 2),
    cause: text(entry, 3) === 'lease' ? 'lease' : 'doorbell',
    overdueMs: number(entry, 4),
    place: number(entry, 5),
    rings: number(entry, 6),
    attempts: number(entry, 7),
  }));
}

/** The lines of a journal from its beginning. */
export const entriesOf = (lines: readonly string[]): readonly JournalEntry[] =>
  journalOf(lines.map((line): unknown => JSON.parse(line)));

/** A journal from its beginning, its lines read as JSON. */
export const journalOf = (facts: readonly unknown[]): readonly JournalEntry[] =>
  facts.map((fact, index) => ({ position: index + 1, fact: factSchema.parse(fact) }));

const parseEvent = (json: string): RunEvent => runEventSchema.parse(JSON.parse(json));

/** The values of a stream entry's fields: name, value, name, value … */
const valuesOf = (fields: readonly string[]): readonly string[] =>
  fields.filter((_value, index) => index % 2 === 1);

/** The events of one entry of a run's stream, whose id is the sequence of the last. */
function eventsOfEntry([id, fields]: readonly [string, readonly string[]]): readonly SequencedEvent[] {
  const values = valuesOf(fields);
  const firstSeq = Number.parseInt(id, 10) - values.length + 1;
  return values.map((json, index) => ({ seq: firstSeq + index, event: parseEvent(json) }));
}

export function eventsOf(
  entries: readonly [string, string[]][],
  afterSeq: number,
  lastSeq: number,
): EventsOutcome {
  const events = entries.flatMap(eventsOfEntry).filter(({ seq }) => seq > afterSeq);
  const first = events[0];
  if (first !== undefined) {
    return first.seq === afterSeq + 1
      ? { kind: 'events', events }
      : { kind: 'expired', oldestSeq: first.seq };
  }
  if (afterSeq > lastSeq) return { kind: 'future', lastSeq };
  return afterSeq === lastSeq ? { kind: 'events', events } : { kind: 'expired', oldestSeq: lastSeq + 1 };
}

export function runSnapshot(run: string, fields: Readonly<Record<string, string>>): RunSnapshot | undefined {
  if (fields['thread'] === undefined) return undefined;
  const field = (name: string): string => fields[name] ?? '';
  return {
    run,
    thread: field('thread'),
    tenant: field('tenant'),
    agent: field('agent'),
    agentDigest: field('digest'),
    status: field('status') as RunStatus,
    v: Number(field('v')),
    lastSeq: Number(field('seq')),
    createdMs: Number(field('created')),
    updatedMs: Number(field('updated')),
    isCancelled: fields['cancel'] !== undefined,
    ...(fields['accepted'] === undefined ? {} : { accepted: acceptedFact(fields['accepted']) }),
    ...(fields['hidden'] === undefined ? {} : { isHidden: true }),
    start: fields['start'] === undefined ? undefined : Number(fields['start']),
    items: Object.entries(fields)
      .filter(([name]) => name.startsWith('i:'))
      .map(([name, state]) => itemSnapshot(name.slice(2), state)),
    ratings: Object.entries(fields).flatMap(([name, json]) => (name.startsWith('f:') ? [json] : [])),
    ...(fields['about'] === undefined ? {} : { about: JSON.parse(fields['about']) as RunAbout }),
    ...(fields['after'] === undefined ? {} : { after: JSON.parse(fields['after']) as RunAfter }),
  };
}

function acceptedFact(json: string): FactOf<'run.accepted'> | undefined {
  const fact = factSchema.parse(JSON.parse(json));
  return fact.type === 'run.accepted' ? fact : undefined;
}

function itemSnapshot(item: string, state: string): ItemSnapshot {
  const [kind, epoch, untilMs, rings, owner] = state.split(' ');
  if (kind !== 'open') {
    const closed = { isOpen: false, owner: undefined, leaseUntilMs: undefined, rings: 0 };
    return { item, epoch: Number(epoch), ...closed };
  }
  const isHeld = Number(untilMs) > 0;
  return {
    item,
    isOpen: true,
    epoch: Number(epoch),
    owner: isHeld ? owner : undefined,
    leaseUntilMs: isHeld ? Number(untilMs) : undefined,
    rings: Number(rings),
  };
}

export function threadSnapshot(
  thread: string,
  fields: Readonly<Record<string, string>>,
): ThreadSnapshot | undefined {
  if (fields['tenant'] === undefined) return undefined;
  return {
    thread,
    tenant: fields['tenant'],
    createdMs: Number(fields['created']),
    updatedMs: Number(fields['updated']),
    metadata: JSON.parse(fields['metadata'] ?? '{}') as Record<string, unknown>,
    agent: fields['agent'],
    activeRun: fields['active'] || undefined,
  };
}
