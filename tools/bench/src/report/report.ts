import type { CommandLine } from '../command-line';
import type { Machine } from '../probes/machine';
import type { Findings } from '../works/findings';
import { closedText } from './closed-tables';
import { figure } from './figures';

/** Everything that a benchmark has to say; written as JSON as it stands. */
export interface Report {
  /** ISO 8601. */
  readonly at: string;
  readonly durationMs: number;
  readonly options: CommandLine;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly findings: Findings;
}

const titles = {
  chat: 'one model call',
  agent: 'model → tool → model',
  agent4: 'model → four tools side by side → model',
} as const;

/** For people. */
export function reportText({ machine, versions, options, findings, durationMs }: Report): string {
  const { cpu, cores, memoryBytes } = machine;
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const head =
    `${cores} × ${cpu}, ${figure(memoryBytes / 2 ** 30)} GiB; ${known.join(', ')}\n` +
    `medians (least–greatest) of ${options.rounds} rounds of ${options.seconds} s; ${Math.round(durationMs / 1_000)} s in all\n`;
  const closed = (['chat', 'agent', 'agent4'] as const).flatMap((name) => {
    const found = findings[name];
    const title = `${name}: ${titles[name]}, ${options.clients} clients\n`;
    return found === undefined ? [] : [title + closedText(found.summaries)];
  });
  return [head, ...closed].join('\n');
}
