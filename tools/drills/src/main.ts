import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotDrill } from './cannot-drill';
import { chanceOf } from './chance';
import { type CommandLine, UsageError, readCommandLine } from './command-line';
import type { DrillContext } from './drill';
import { drills } from './drills';
import { runUnderLoad } from './load-run';
import { type Report, reportJson, reportText } from './report';
import { layOut } from './stack/drill-files';
import { brokenCases, brokenPromises, withoutTimes } from './verdict';

const say = (text: string): void => void process.stderr.write(`drill: ${text}\n`);

async function perform(line: CommandLine, signal: AbortSignal): Promise<Report> {
  const startMs = performance.now();
  const root = mkdtempSync(join(tmpdir(), 'lumina-drill-'));
  const context: DrillContext = {
    options: line,
    chance: chanceOf(line.seed),
    folder: layOut(root),
    progress: (text) => say(`${((performance.now() - startMs) / 1_000).toFixed(1).padStart(6)} s  ${text}`),
    signal,
  };
  try {
    const outcome = await outcomeOf(line.drill, context);
    const { drill, seed, rate, isShort } = line;
    return { drill, seed, rate, isShort, durationMs: Math.round(performance.now() - startMs), ...outcome };
  } finally {
    if (line.isKept) say(`its data and logs are in ${root}`);
    else rmSync(root, { recursive: true, force: true });
  }
}

async function outcomeOf(name: string, context: DrillContext): Promise<Pick<Report, 'found' | 'broken'>> {
  const drill = drills[name];
  if (drill === undefined) throw new Error(`there is no drill '${name}'`);
  if (drill.kind === 'cases') {
    const results = await drill.run(context);
    return { found: results, broken: brokenCases(results) };
  }
  const { found, broken } = await runUnderLoad(drill, context);
  const bars = context.options.isShort ? withoutTimes(drill.bars) : drill.bars;
  return { found, broken: [...brokenPromises(found, bars), ...broken] };
}

/** An interrupted drill ends what it has started before it goes. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort(new Error('interrupted'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.once('disconnect', stop);
  return interrupted.signal;
}

async function main(): Promise<number> {
  const signal = interruption();
  try {
    const line = readCommandLine(process.argv.slice(2));
    const report = await perform(line, signal);
    process.stdout.write(line.isJson ? reportJson(report) : reportText(report));
    return report.broken.length === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) {
      say(`${error.message}\n\nSee lumina drill --help`);
      return 2;
    }
    if (error instanceof CannotDrill) {
      say(error.message);
      return 2;
    }
    say(
      signal.aborted ? 'interrupted; everything it had started is stopped' : String((error as Error).stack),
    );
    return signal.aborted ? 130 : 1;
  }
}

void main().then((exitCode) => {
  process.exit(exitCode);
});
