import { total } from '../accounts/by-role';
import { type Spread, spreadOf } from '../accounts/spread';
import type { Findings, RoundsFinding } from '../works/findings';
import type { Round } from '../works/round';
import { type Bar, type Wanted, judged } from './bar';
import { type Lumina, luminas } from './lumina-names';

const sdk = 'openai-agents';
const restate = 'restate';

/** How many times as many runs a second as a peer. */
const throughput: readonly { readonly peer: string; readonly atLeast: Readonly<Record<Lumina, number>> }[] = [
  { peer: sdk, atLeast: { 'lumina-local': 1, 'lumina-replicated': 0.7 } },
  { peer: restate, atLeast: { 'lumina-local': 2, 'lumina-replicated': 2 } },
  { peer: 'mastra', atLeast: { 'lumina-local': 4, 'lumina-replicated': 4 } },
  { peer: 'langgraph-api', atLeast: { 'lumina-local': 10, 'lumina-replicated': 10 } },
];

/** How many times the CPU of a peer, at most. */
const cost: readonly { readonly peer: string; readonly atMost: number }[] = [
  { peer: sdk, atMost: 1.3 },
  { peer: restate, atMost: 0.6 },
];

export function closedBars({ agent, steps4 }: Findings): readonly Bar[] {
  if (agent === undefined) return [];
  return luminas.flatMap((subject) => [
    ...throughput.flatMap(({ peer, atLeast }) => {
      const what = `agent, runs/s against ${peer}`;
      const wanted: Wanted = { subject, what, unit: '×', bar: { atLeast: atLeast[subject] } };
      return judged(wanted, ratio(agent, [subject, peer], perSecond));
    }),
    ...cost.flatMap(({ peer, atMost }) => {
      const wanted: Wanted = { subject, what: `agent, CPU against ${peer}`, unit: '×', bar: { atMost } };
      return judged(wanted, ratio(agent, [subject, peer], cpuPerRun));
    }),
    ...stepBars(subject, agent, steps4),
  ]);
}

const stepsMore = 3;

/**
 * CPU-milliseconds for each step more, of a work with four tool calls instead of one: of a model's answer and a tool call, where they are made in
 * turn; of a tool call alone, where they are made side by side. Undefined where one of the works was not done.
 */
export function cpuMsPerStep(
  name: string,
  agent: RoundsFinding | undefined,
  four: RoundsFinding | undefined,
): Spread | undefined {
  const one = agent?.rounds[name];
  const pairs = (four?.rounds[name] ?? []).flatMap((round, index) => {
    const other = one?.[index];
    return other === undefined ? [] : [((cpuPerRun(round) - cpuPerRun(other)) / stepsMore) * 1_000];
  });
  return spreadOf(pairs);
}

function stepBars(subject: Lumina, agent: RoundsFinding, steps4: RoundsFinding | undefined): readonly Bar[] {
  const [ours, theirs] = [subject, restate].map((name) => cpuMsPerStep(name, agent, steps4));
  const wanted: Wanted = {
    subject,
    what: 'CPU for each step more, against restate',
    unit: '×',
    bar: { atMost: 0.6 },
  };
  if (ours === undefined || theirs === undefined || theirs.median <= 0) return [];
  const value = ours.median / theirs.median;
  return judged(wanted, { median: value, min: ours.min / theirs.median, max: ours.max / theirs.median });
}

export const perSecond = ({ runs, elapsedMs }: Round): number => (runs / elapsedMs) * 1_000;
const cpuPerRun = ({ cpuSeconds, runs }: Round): number => total(cpuSeconds) / runs;

/** Round by round, for the two were measured right after one another. */
export function ratio(
  { rounds }: Pick<RoundsFinding, 'rounds'>,
  [subject, peer]: readonly [string, string],
  measure: (round: Round) => number,
): Spread | undefined {
  const pairs = (rounds[subject] ?? []).flatMap((round, index) => {
    const other = rounds[peer]?.[index];
    return other === undefined || other.runs === 0 || round.runs === 0
      ? []
      : [measure(round) / measure(other)];
  });
  return spreadOf(pairs);
}
