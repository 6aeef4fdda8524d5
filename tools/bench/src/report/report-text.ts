import { total } from '../accounts/by-role';
import type { Bar } from '../bars/bar';
import { closedText, costText, redisText, stepsText } from './closed-tables';
import { figure, spreadText } from './figures';
import type { Report } from './report';
import { countsText, latencyText, streamText } from './single-run-tables';
import { burstText, soakText, sustainText, telemetryText, threadsText } from './load-tables';
import { modelsText } from './models-tables';
import { sandboxText } from './sandbox-tables';
import { table } from './table';

/** For people. */
export function reportText(report: Report): string {
  const { findings, options, bars } = report;
  const { burst, chat, agent, agent4, steps4, latency, counts, stream, sustain, threads, soak } = findings;
  const { telemetry, sandbox, models } = findings;
  const { clients } = options;
  const chapter = <T>(title: string, found: T | undefined, tell: (found: T) => string): readonly string[] =>
    found === undefined ? [] : [`${title}\n${tell(found)}`];
  const chapters = [
    ...chapter('burst: everybody at once, while the model takes 5 s', burst, burstText),
    ...chapter(`chat: one model call, ${clients} clients`, chat, closedText),
    ...chapter(`agent: model → tool → model, ${clients} clients`, agent, closedText),
    ...chapter(`agent4: model → four tools side by side → model, ${clients} clients`, agent4, closedText),
    ...chapter(`steps4: model → tool, four times in turn, → model, ${clients} clients`, steps4, closedText),
    ...stepsText(findings),
    ...chapter('where the cost of agent lies', agent, costText),
    ...chapter(`what agent asks of Redis, ${clients} clients`, agent, redisText),
    ...chapter('latency: one client', latency, latencyText),
    ...chapter('counts: what one run asks of Redis, and leaves there', counts, countsText),
    ...chapter('stream', stream, streamText),
    ...chapter('sustain: a steady rate, four tool calls a run', sustain, sustainText),
    ...chapter('threads: what a run costs beside those that are stored', threads, threadsText),
    ...chapter('soak: memory over time', soak, soakText),
    ...chapter('telemetry: the same runs, told more and more of', telemetry, telemetryText),
    ...chapter('sandbox: what a call costs, and what a neighbour feels', sandbox, sandboxText),
    ...chapter('models: what Lumina adds to a call of a model', models, modelsText),
    ...(bars.length === 0 ? [] : [`bars: what is asked of Lumina\n${barsText(bars)}`]),
  ];
  return [headText(report), ...chapters].join('\n');
}

function headText({ machine, versions, options, subjects, absent, durationMs }: Report): string {
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const others = subjects.filter(({ versions: own }) => Object.keys(own).length > 0);
  const lines = [
    `${machine.cores} × ${machine.cpu}, ${figure(machine.memoryBytes / 2 ** 30)} GiB; ${known.join(', ')}`,
    ...others.map(({ name, versions: own }) => {
      const parts = Object.entries(own).map(([part, version]) => `${part} ${version}`);
      return `${name}: ${parts.join(', ')}`;
    }),
    restText(subjects),
    ...Object.entries(absent).map(([name, why]) => `${name} is left out: ${why}`),
    `medians (least–greatest) of ${options.rounds} rounds of ${options.seconds} s; ${Math.round(durationMs / 1_000)} s in all`,
    ...(options.isQuick ? ['--quick: this shows that it works; do not compare these figures'] : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function restText(subjects: Report['subjects']): string {
  if (subjects.length === 0) return 'nobody was started';
  const shares = subjects.map(({ name, atRest }) => `${name} ${figure(total(atRest) * 100)} %`);
  return `at rest, of one core: ${shares.join(', ')}`;
}

function barsText(bars: readonly Bar[]): string {
  const rows = bars.map(({ subject, what, value, unit, bar, isMet }) => [
    `${subject}: ${what}`,
    `${spreadText(value)} ${unit}`.trim(),
    'atLeast' in bar ? `≥ ${bar.atLeast}` : `≤ ${bar.atMost}`,
    isMet ? 'met' : 'MISSED',
  ]);
  return table(['', 'found', 'bar', ''], rows);
}
