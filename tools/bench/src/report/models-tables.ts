import { spreadOf } from '../accounts/spread';
import type { BudgetRound, CallTimes, ModelsFinding } from '../works/findings';
import { spreadText } from './figures';
import { table } from './table';

const parts: readonly (readonly [string, keyof BudgetRound])[] = [
  ['claim and commit, no budget', 'none'],
  ['claim and commit, one budget', 'one'],
  ['claim and commit, five budgets', 'five'],
  ['check of the answer', 'check'],
  ['five budgets and the check', 'whole'],
  ['… of it added, pair by pair', 'added'],
];

const cells = (rounds: readonly CallTimes[]): readonly string[] =>
  (['p50Ms', 'p99Ms', 'maxMs'] as const).map((at) => spreadText(spreadOf(rounds.map((times) => times[at]))));

/** Ways that differ in a number alone are one line. */
const kindOf = (way: string): string => way.replace(/\d+ tokens/, 'any token');

function fallbackRows({ fallback }: ModelsFinding): readonly (readonly string[])[] {
  const all = fallback.flatMap((round) => Object.entries(round));
  return [...new Set(all.map(([way]) => kindOf(way)))].map((kind) => {
    const of = all.filter(([way]) => kindOf(way) === kind).map(([, found]) => found);
    return [
      kind,
      spreadText(spreadOf(of.map(({ timeoutMs }) => timeoutMs))),
      spreadText(spreadOf(of.map(({ timeoutMs, addedMs }) => addedMs - timeoutMs))),
    ];
  });
}

export function modelsText(found: ModelsFinding): string {
  const costs = Object.entries(found.budgets).map(([durability, rounds]) =>
    table(
      [`${durability}: a step that asks a model`, 'p50 ms', 'p99 ms', 'longest ms'],
      parts.map(([name, part]) => [name, ...cells(rounds.map((round) => round[part]))]),
    ),
  );
  return [
    ...costs,
    table(
      ['from a call to the fallback', 'p50 ms', 'p99 ms', 'longest ms'],
      [['the first model rests', ...cells(found.breaker)]],
    ),
    table(['a first model that', 'time-out ms', 'added beyond it, ms'], fallbackRows(found)),
  ].join('');
}
