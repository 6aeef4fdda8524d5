import { readFileSync } from 'node:fs';
import type { LedgerLine } from '../effect-tool';

/** How often each call had its effect, by the call's idempotency key. `tool`: of this tool alone. */
export function effectsByKey(file: string, tool: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of readLedger(file)) {
    if (line.tool === tool) counts.set(line.key, (counts.get(line.key) ?? 0) + 1);
  }
  return counts;
}

/** Calls that had their effect more than once: when for the first time, ms since the epoch. */
export function firstOfRepeated(file: string, tool: string): readonly number[] {
  const byKey = Map.groupBy(
    readLedger(file).filter((line) => line.tool === tool),
    ({ key }) => key,
  );
  return [...byKey.values()]
    .filter((lines) => lines.length > 1)
    .map((lines) => Math.min(...lines.map(({ at }) => at)));
}

const readLedger = (file: string): readonly LedgerLine[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LedgerLine);
