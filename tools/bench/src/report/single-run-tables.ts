import { total } from '../accounts/by-role';
import { median } from '../accounts/spread';
import type { RedisPerRun } from '../accounts/redis-counters';
import { roundTrips } from '../bars/latency-bars';
import type { CountsFinding, LatencyFinding, StreamFinding, StreamRound } from '../works/findings';
import { figure, spreadText } from './figures';
import { table } from './table';

export function latencyText(latency: LatencyFinding): string {
  const rows = Object.entries(latency.tasks).flatMap(([task, { summaries, added }]) =>
    Object.entries(summaries).map(([name, { latencyP50Ms, latencyP99Ms }]) => [
      `${task}: ${name}`,
      spreadText(latencyP50Ms),
      spreadText(latencyP99Ms),
      spreadText(added[name]?.p50Ms),
      spreadText(added[name]?.p99Ms),
    ]),
  );
  const head = ['', 'p50 ms', 'p99 ms', 'added p50 ms', 'added p99 ms'];
  return table(head, rows) + storeText(latency) + traceText(latency);
}

/** What one `agent` run asks of Redis and leaves there. */
function storeText(latency: LatencyFinding): string {
  const rows = Object.entries(latency.resting).map(([name, { readsPerSecond }]) => [
    name,
    spreadText(roundTrips(name, latency)),
    figure(readsPerSecond),
    figure(latency.stored[name]?.journal),
    figure(latency.stored[name]?.inMemory),
  ]);
  const head = ['agent', 'round trips', 'reads/s at rest', 'journal bytes', 'bytes in memory'];
  return rows.length === 0 ? '' : `\n${table(head, rows)}`;
}

/** The least of all batches: a busy machine only adds. */
export function countsText({ batches, stored, traces }: CountsFinding): string {
  const rows = Object.entries(batches).map(([name, found]) => {
    const least = (of: (one: RedisPerRun) => number): string => figure(Math.min(...found.map(of)));
    return [
      name,
      least(({ commands }) => commands),
      least(({ reads }) => reads),
      least(({ inputBytes }) => inputBytes),
      least(({ outputBytes }) => outputBytes),
      figure(stored[name]?.journal),
      figure(stored[name]?.inMemory),
    ];
  });
  const head = ['agent', 'commands', 'round trips', 'bytes in', 'out', 'journal bytes', 'bytes in memory'];
  return table(head, rows) + traceText({ traces });
}

/** Command by command; what comes up less than once in ten runs is left to the JSON. */
function traceText({ traces }: Pick<LatencyFinding, 'traces'>): string {
  return Object.entries(traces)
    .map(([name, commands]) => {
      const often = Object.entries(commands).filter(([, count]) => count >= 0.1);
      const rows = often.map(([command, count]) => [command, figure(count)]);
      return `\n${table([`${name}: asked of Redis`, 'a run'], rows)}`;
    })
    .join('');
}

export function streamText({ rounds, added, clients }: StreamFinding): string {
  const rows = Object.entries(rounds).map(([name, found]) => {
    const of = (measure: (round: StreamRound) => number | undefined): string =>
      figure(median(found.map((round) => measure(round) ?? Number.NaN)));
    return [
      name,
      of(({ first }) => first.firstMs?.p50),
      spreadText(added[name]?.p50Ms),
      spreadText(added[name]?.p99Ms),
      of(({ long }) => long.gapMs?.p50),
      of(({ long }) => long.gapMs?.p99),
      of(({ long }) => long.gapMs?.max),
      of(({ long }) => long.lastMs?.p50),
      of(({ long }) => long.piecesPerStream),
      of(({ long }) => long.bytesPerStream),
      String(
        found.reduce(
          (sum, { firstCost, longCost }) => sum + total(firstCost.errors) + total(longCost.errors),
          0,
        ),
      ),
    ];
  });
  const head = [
    '',
    'first ms',
    'added p50',
    'added p99',
    'gap p50',
    'p99',
    'max',
    'last ms',
    'pieces',
    'bytes',
    'errors',
  ];
  return `${table(head, rows)}  first: a short answer, 1 client; gaps: 300 tokens at 50/s, ${clients} clients\n`;
}
