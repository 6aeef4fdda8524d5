import { spreadOf } from '../accounts/spread';
import { addedMs, hogsOf, tiersOf } from '../bars/sandbox-bars';
import type { SandboxFinding } from '../works/findings';
import { spreadText } from './figures';
import { table } from './table';

export function sandboxText(found: SandboxFinding): string {
  const { overhead, beside, absent } = found;
  const costs = ['plain', ...tiersOf(found)].map((name) => [
    name,
    ...(['p50Ms', 'p95Ms'] as const).map((at) =>
      spreadText(spreadOf(overhead.flatMap((round) => round[name]?.[at] ?? []))),
    ),
    spreadText(spreadOf(addedMs(found, name))),
  ]);
  const rows = tiersOf(found).flatMap((tier) =>
    hogsOf(found).map((hog) => {
      const rounds = beside.filter((each) => each.tier === tier && each.hog === hog);
      return [
        `${tier}: ${hog}`,
        spreadText(spreadOf(rounds.map(({ aloneP95Ms }) => aloneP95Ms))),
        spreadText(spreadOf(rounds.map(({ besideP95Ms }) => besideP95Ms))),
        spreadText(spreadOf(rounds.map(({ latestMs }) => latestMs))),
        [...new Set(rounds.flatMap(({ endedBy }) => endedBy))].join(', '),
      ];
    }),
  );
  const left = Object.entries(absent).map(([what, why]) => `  not measured: ${what}: ${why}\n`);
  return [
    table(['a call of echo', 'p50 ms', 'p95 ms', 'added p50 ms'], costs),
    table(['a neighbour beside', 'p95 alone', 'p95 beside', 'over after limit, ms', 'ended by'], rows),
    ...left,
  ].join('');
}
