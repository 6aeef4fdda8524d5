import { quantile } from '@lumina/testbed';
import type { RunRecord } from '../load/gateway-client';
import type { ClientView } from '../load/run-client';
import { type Disturbance, firstAcknowledgements, pausesOf, standstillsOf } from './recovery';
import { accountOf } from './run-account';

export interface Evidence {
  readonly clients: readonly ClientView[];
  /** By run. */
  readonly records: ReadonlyMap<string, RunRecord>;
  readonly effects: ReadonlyMap<string, number>;
  readonly disturbances: readonly Disturbance[];
}

export interface Times {
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly max: number | undefined;
}

/** What a drill found. Times in milliseconds. */
export interface Tally {
  readonly acknowledged: number;
  /** Creations that no gateway acknowledged; nothing was promised for them. */
  readonly unacknowledged: number;
  /** Creations that a gateway refused for good, though nothing was wrong with them; in words. */
  readonly refusals: readonly string[];
  readonly lost: number;
  readonly duplicatedEffects: number;
  readonly unknownOutcomes: number;
  readonly failed: number;
  readonly effects: number;
  readonly disagreements: readonly string[];
  readonly disturbances: number;
  /** Runs that stood still after a disturbance for longer than any undisturbed step takes. */
  readonly disturbedRuns: number;
  readonly recoveryMs: Times;
  /** From each disturbance to the first acknowledgement of a creation that was sent after it. */
  readonly firstAcknowledgementMs: Times;
  /** After each disturbance the longest time in which no client heard anything of any run. */
  readonly standstillMs: Times;
  /** Claims of work that another worker had claimed before: where nobody died, each was needless. */
  readonly takeOvers: number;
  /** From a client's first attempt at a run to its acknowledgement: before the first disturbance, and from then until shortly after the last. */
  readonly creationMs: { readonly before: Times; readonly during: Times };
  readonly streamBreaks: number;
  readonly cursorResets: number;
}

/** How long each disturbed run stood still; of a long answer no client can tell. */
export const pausesOfRuns = ({ clients, disturbances }: Evidence): readonly (readonly number[])[] =>
  clients
    .filter(({ acknowledged, work }) => acknowledged !== undefined && !work.isLong)
    .map(({ acknowledged: ack, heardMs }) => pausesOf([ack?.ackedMs ?? 0, ...heardMs], disturbances))
    .filter((all) => all.length > 0);

export function tally(evidence: Evidence): Tally {
  const { clients, records, effects, disturbances } = evidence;
  const acknowledged = clients.filter(({ acknowledged: ack }) => ack !== undefined);
  const accounts = acknowledged.map((client) => {
    const run = client.acknowledged?.run ?? '';
    return { run, ...accountOf(run, records.get(run), client, effects) };
  });
  const pauses = pausesOfRuns(evidence);
  const heard = clients.flatMap(({ heardMs }) => heardMs).sort((one, other) => one - other);
  const acks = acknowledged.flatMap(({ acknowledged: ack }) => (ack === undefined ? [] : [ack]));
  return {
    acknowledged: acknowledged.length,
    unacknowledged: clients.length - acknowledged.length,
    refusals: clients.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal])),
    lost: accounts.filter(({ outcome }) => outcome === 'lost').length,
    duplicatedEffects: sum([...effects.values()].map((count) => count - 1)),
    unknownOutcomes: sum(accounts.map(({ unknownOutcomes }) => unknownOutcomes)),
    failed: accounts.filter(({ outcome }) => outcome === 'failed').length,
    effects: sum([...effects.values()]),
    disagreements: accounts.flatMap(({ run, disagreements }) =>
      disagreements.map((fault) => `${run}: ${fault}`),
    ),
    disturbances: disturbances.length,
    disturbedRuns: pauses.length,
    recoveryMs: timesOf(pauses.flat()),
    firstAcknowledgementMs: timesOf(firstAcknowledgements(acks, disturbances)),
    standstillMs: timesOf(standstillsOf(heard, disturbances)),
    takeOvers: sum([...records.values()].map(({ takeOvers }) => takeOvers)),
    creationMs: creationTimes(acks, disturbances),
    streamBreaks: sum(clients.map(({ breaks }) => breaks)),
    cursorResets: sum(clients.map(({ cursorResets }) => cursorResets)),
  };
}

const afterwardsMs = 2_000;

function creationTimes(
  acknowledged: readonly { readonly askedMs: number; readonly ackedMs: number }[],
  disturbances: readonly Disturbance[],
): Tally['creationMs'] {
  const beginMs = disturbances[0]?.atMs ?? Number.POSITIVE_INFINITY;
  const endMs = (disturbances.at(-1)?.atMs ?? 0) + afterwardsMs;
  const within = (fromMs: number, untilMs: number): Times =>
    timesOf(
      acknowledged
        .filter(({ askedMs }) => askedMs >= fromMs && askedMs < untilMs)
        .map(({ askedMs, ackedMs }) => ackedMs - askedMs),
    );
  return { before: within(0, beginMs), during: within(beginMs, endMs) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const timesOf = (values: readonly number[]): Times => ({
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
  max: quantile(values, 1),
});
