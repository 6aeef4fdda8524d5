import type { CaseResult } from '../drill';
import type { RunRecord } from '../load/gateway-client';
import type { ClientView } from '../load/run-client';
import { accountOf } from './run-account';

/** What is known after a region was lost and another began with its snapshot. Moments in ms since the epoch. */
export interface RegionEvidence {
  readonly snapshotMs: number;
  readonly lossMs: number;
  /** When clients were led to the second region. */
  readonly switchedMs: number;
  readonly clients: readonly ClientView[];
  /** By run, what the second region says. */
  readonly records: ReadonlyMap<string, RunRecord>;
  readonly effects: ReadonlyMap<string, number>;
  /** Of each effect that was repeated, when it happened first. */
  readonly repeatedMs: readonly number[];
  readonly isKeyKnown: boolean;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** The end of a run as its client heard it; infinite: it did not. */
const endMs = ({ hasHeardEnd, heardMs }: ClientView): number =>
  hasHeardEnd ? (heardMs.at(-1) ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;

/** The promises of docs/regions.md, one by one. */
export function regionCases(evidence: RegionEvidence): readonly CaseResult[] {
  const { snapshotMs, lossMs, switchedMs, clients, isKeyKnown } = evidence;
  const acked = (from: number, until: number): readonly ClientView[] =>
    clients.filter(
      ({ acknowledged: ack }) => ack !== undefined && ack.ackedMs >= from && ack.ackedMs < until,
    );
  const before = acked(0, snapshotMs);
  const whole = before.filter((client) => endMs(client) < snapshotMs);
  const underWay = before.filter((client) => endMs(client) >= snapshotMs);
  const anew = clients.filter(({ acknowledged: ack }) => ack !== undefined && ack.sentMs >= switchedMs);
  return [
    ended('runs that had ended before the snapshot are there as their clients heard them', whole, {
      ...evidence,
      isAsTold: true,
    }),
    ended('runs that were under way at the snapshot end in the other region', underWay, evidence),
    ended('runs that are asked for in the other region end as their clients hear it', anew, {
      ...evidence,
      isAsTold: true,
    }),
    onceCase(evidence),
    lostCase(acked(snapshotMs, lossMs), evidence),
    {
      name: 'a key that was issued in the lost region opens the other',
      fault: isKeyKnown ? undefined : 'it is unknown',
      detail: 'both have the same pepper',
    },
    backCase(anew, { lossMs, switchedMs }),
  ];
}

/** None is lost, and each ended well. What a client was told after the snapshot may differ from what happened again. */
function ended(
  name: string,
  clients: readonly ClientView[],
  { isAsTold = false, ...evidence }: RegionEvidence & { readonly isAsTold?: boolean },
): CaseResult {
  const accounts = clients.map((client) => {
    const run = client.acknowledged?.run ?? '';
    return { run, ...accountOf(run, evidence.records.get(run), client, evidence.effects) };
  });
  const faults = [
    ...(clients.length === 0 ? ['there was none, so nothing was proved'] : []),
    ...accounts
      .filter(({ outcome }) => outcome !== 'succeeded')
      .map(({ run, outcome }) => `${run} is ${outcome}`),
    ...(isAsTold ? accounts.flatMap(({ disagreements }) => disagreements) : []),
  ];
  const unknown = accounts.reduce((sum, { unknownOutcomes }) => sum + unknownOutcomes, 0);
  const resets = clients.filter(({ cursorResets }) => cursorResets > 0).length;
  return {
    name,
    fault: faults.length === 0 ? undefined : faults.slice(0, 3).join('; '),
    detail: `${clients.length} runs, ${unknown} outcomes unknown, ${resets} clients read anew`,
  };
}

function onceCase({ repeatedMs, snapshotMs }: RegionEvidence): CaseResult {
  const early = repeatedMs.filter((atMs) => atMs < snapshotMs).length;
  return {
    name: 'what happened before the snapshot is not done again',
    fault: early === 0 ? undefined : `${early} effects were repeated`,
    detail: `${repeatedMs.length - early} effects that came after it were`,
  };
}

/** Not a promise: this is what the time since the last snapshot costs. */
function lostCase(
  clients: readonly ClientView[],
  { records, snapshotMs, lossMs }: RegionEvidence,
): CaseResult {
  const known = clients.filter(({ acknowledged: ack }) => records.has(ack?.run ?? '')).length;
  return {
    name: 'runs that were acknowledged between the snapshot and the loss are lost',
    fault: undefined,
    detail: `${clients.length - known} of ${clients.length}, in ${seconds(lossMs - snapshotMs)}`,
  };
}

function backCase(
  anew: readonly ClientView[],
  { lossMs, switchedMs }: Pick<RegionEvidence, 'lossMs' | 'switchedMs'>,
): CaseResult {
  const firstMs = Math.min(...anew.map(({ acknowledged: ack }) => ack?.ackedMs ?? Number.POSITIVE_INFINITY));
  return {
    name: 'new runs are acknowledged',
    fault: Number.isFinite(firstMs) ? undefined : 'never again',
    detail: `${seconds(firstMs - lossMs)} after the loss; the other region was ready after ${seconds(switchedMs - lossMs)}`,
  };
}
