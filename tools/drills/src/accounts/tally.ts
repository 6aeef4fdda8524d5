import type { RunRecord } from '../load/gateway-client';
import type { ClientView } from '../load/run-client';
import { type Disturbance, pausesOf, untilFirst } from './recovery';
import { quantile } from './quantile';
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
  /** From each disturbance to the first fact that any worker committed after it. */
  readonly resumedMs: Times;
  readonly streamBreaks: number;
  readonly cursorResets: number;
}

export function tally({ clients, records, effects, disturbances }: Evidence): Tally {
  const acknowledged = clients.filter(({ acknowledged: ack }) => ack !== undefined);
  const accounts = acknowledged.map((client) => {
    const run = client.acknowledged?.run ?? '';
    return { run, ...accountOf(run, records.get(run), client, effects) };
  });
  const timelines = [...records.values()].map(({ timeline }) => timeline);
  const pauses = timelines.map((timeline) => pausesOf(timeline, disturbances)).filter((all) => all.length > 0);
  const work = timelines.flatMap((timeline) =>
    timeline.filter(({ what }) => / answered/.test(what)).map(({ at }) => Date.parse(at)),
  );
  const acks = acknowledged.flatMap(({ acknowledged: ack }) => (ack === undefined ? [] : [ack]));
  return {
    acknowledged: acknowledged.length,
    unacknowledged: clients.length - acknowledged.length,
    lost: accounts.filter(({ outcome }) => outcome === 'lost').length,
    duplicatedEffects: sum(accounts.map(({ duplicatedEffects }) => duplicatedEffects)),
    unknownOutcomes: sum(accounts.map(({ unknownOutcomes }) => unknownOutcomes)),
    failed: accounts.filter(({ outcome }) => outcome === 'failed').length,
    effects: sum([...effects.values()]),
    disagreements: accounts.flatMap(({ run, disagreements }) => disagreements.map((fault) => `${run}: ${fault}`)),
    disturbances: disturbances.length,
    disturbedRuns: pauses.length,
    recoveryMs: times(pauses.flat()),
    firstAcknowledgementMs: times(
      disturbances.flatMap(({ atMs }) => {
        const answered = acks.filter(({ sentMs }) => sentMs > atMs).map(({ ackedMs }) => ackedMs);
        return answered.length === 0 ? [] : [Math.min(...answered) - atMs];
      }),
    ),
    resumedMs: times(untilFirst(disturbances, work).filter((ms) => ms !== undefined)),
    streamBreaks: sum(clients.map(({ breaks }) => breaks)),
    cursorResets: sum(clients.map(({ cursorResets }) => cursorResets)),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const times = (values: readonly number[]): Times => ({
  p50: quantile(values, 0.5),
  p99: quantile(values, 0.99),
  max: quantile(values, 1),
});
