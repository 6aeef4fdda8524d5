import type { RedisPerRun } from '../accounts/redis-counters';
import type { Findings } from '../works/findings';
import { type Bar, judged, single } from './bar';

/**
 * What an `agent` run may cost at most, in counts that do not depend on the machine. Durability `local`, one client. Each ceiling
 * is a little above what is measured (docs/performance.md): who lowers a cost lowers its ceiling.
 */
const ceilings = {
  commands: 74,
  roundTrips: 10,
  inputBytes: 5_900,
  outputBytes: 7_800,
  storeScripts: 4.8,
  journalBytes: 2_000,
  memoryBytes: 9_300,
};

const subject = 'lumina-local';

export function countBars({ counts }: Findings): readonly Bar[] {
  if (counts === undefined) return [];
  const least = (of: (one: RedisPerRun) => number): number | undefined => {
    const values = (counts.batches[subject] ?? []).map(of);
    return values.length === 0 ? undefined : Math.min(...values);
  };
  const bar = (what: string, value: number | undefined, atMost: number): readonly Bar[] =>
    judged({ subject, what: `agent, counted: ${what} a run`, unit: '', bar: { atMost } }, single(value));
  const stored = counts.stored[subject];
  return [
    ...bar(
      'Redis commands',
      least(({ commands }) => commands),
      ceilings.commands,
    ),
    ...bar(
      'Redis round trips',
      least(({ reads }) => reads),
      ceilings.roundTrips,
    ),
    ...bar(
      'bytes to Redis',
      least(({ inputBytes }) => inputBytes),
      ceilings.inputBytes,
    ),
    ...bar(
      'bytes from Redis',
      least(({ outputBytes }) => outputBytes),
      ceilings.outputBytes,
    ),
    ...bar('scripts of the run store', scriptsOf(counts.traces[subject]), ceilings.storeScripts),
    ...bar('bytes of journal', stored?.journal, ceilings.journalBytes),
    ...bar('bytes kept in memory', stored?.inMemory, ceilings.memoryBytes),
  ];
}

/** `script create run:<id>` and the like; BullMQ's are not the store's. */
function scriptsOf(trace: Readonly<Record<string, number>> | undefined): number | undefined {
  if (trace === undefined) return undefined;
  return Object.entries(trace)
    .filter(([label]) => label.startsWith('script ') && !label.startsWith('script BullMQ'))
    .reduce((sum, [, count]) => sum + count, 0);
}
