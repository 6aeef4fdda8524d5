import { printable } from '../command-line/printable';

interface Sums {
  readonly calls: number;
  /** Absent: a gateway of an older release. */
  readonly cached_calls?: number;
  readonly input_tokens: number;
  /** Absent: a gateway of an older release. */
  readonly cached_input_tokens?: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  readonly lost_calls: number;
  readonly lost_usd: number;
}

/** What `GET /usage` answers. */
export interface UsageReport {
  readonly tenant: string;
  readonly from: string;
  readonly to: string;
  readonly total: Sums;
  readonly rows: readonly (Sums & Readonly<Record<string, unknown>>)[];
}

const dimensions = ['tenant', 'day', 'agent', 'model'] as const;
const numbers = [
  ...(['calls', 'cached', 'input', 'input cached', 'output'] as const),
  ...(['US dollars', 'lost', 'lost dollars'] as const),
] as const;

const dollars = (usd: number): string => usd.toFixed(4);
const counted = (sums: Sums): readonly string[] => [
  ...[sums.calls, sums.cached_calls ?? 0, sums.input_tokens, sums.cached_input_tokens ?? 0].map(String),
  String(sums.output_tokens),
  dollars(sums.cost_usd),
  String(sums.lost_calls),
  dollars(sums.lost_usd),
];

/** A table with a line for each row and one for all of them; names to the left, numbers to the right. */
export function usageText({ tenant, from, to, total, rows }: UsageReport): string {
  const title = `Usage of ${printable(tenant)}, ${from} to ${to}`;
  if (rows.length === 0) return `${title}: none.\n`;
  const [first] = rows;
  const by = dimensions.filter((dimension) => first?.[dimension] !== undefined);
  const name = (value: unknown): string => printable(String(value)) || '(unknown)';
  const lines = [
    [...by, ...numbers],
    ...rows.map((row) => [...by.map((dimension) => name(row[dimension])), ...counted(row)]),
    [...by.map((_dimension, index) => (index === 0 ? 'all' : '')), ...counted(total)],
  ];
  const widths = lines[0]?.map((_cell, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const padded = lines.map((line) =>
    line
      .map((cell, column) => {
        const width = widths?.[column] ?? 0;
        return column < by.length ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return `${title}\n\n${padded.join('\n')}\n`;
}
