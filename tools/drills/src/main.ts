import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotDrill } from './cannot-drill';
import { chanceOf } from './chance';
import { type CommandLine, UsageError, readCommandLine, recordName } from './command-line';
import type { DrillContext } from './drill';
import { drills } from './drills';
import { type LoadOutcome, runUnderLoad } from './load-run';
import { recordPlan } from './record/plan';
import { type RecordReport, brokenIn, recordJson, recordText } from './record/record-report';
import type { RecordedDrill } from './record/sum';
import { type Report, isTally, reportJson, reportText } from './report';
import { layOut } from './stack/drill-files';
import { brokenCases, brokenPromises, withoutTimes } from './verdict';

const say = (text: string): void => void process.stderr.write(`drill: ${text}\n`);

interface Held extends Pick<Report, 'found' | 'broken'>, Partial<Pick<LoadOutcome, 'pausesMs'>> {}

/** Holds one drill, with a folder of its own. */
async function hold(line: CommandLine, signal: AbortSignal): Promise<Held> {
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
    return await outcomeOf(line.drill, context);
  } finally {
    if (line.isKept) say(`its data and logs are in ${root}`);
    else rmSync(root, { recursive: true, force: true });
  }
}

async function outcomeOf(name: string, context: DrillContext): Promise<Held> {
  const drill = drills[name];
  if (drill === undefined) throw new Error(`there is no drill '${name}'`);
  if (drill.kind === 'cases') {
    const results = await drill.run(context);
    return { found: results, broken: brokenCases(results) };
  }
  const { found, pausesMs, broken } = await runUnderLoad(drill, context);
  const bars = context.options.isShort ? withoutTimes(drill.bars) : drill.bars;
  return { found, pausesMs, broken: [...brokenPromises(found, bars), ...broken] };
}

async function perform(line: CommandLine, signal: AbortSignal): Promise<Report> {
  const startMs = performance.now();
  const { found, broken } = await hold(line, signal);
  const { drill, seed, rate, isShort } = line;
  return { drill, seed, rate, isShort, durationMs: Math.round(performance.now() - startMs), found, broken };
}

/** Several drills, one after the other. One that cannot be held to its end is put on record as that, and the next is held. */
async function keepRecord(line: CommandLine, signal: AbortSignal): Promise<RecordReport> {
  const startMs = performance.now();
  const held: RecordedDrill[] = [];
  for (const planned of recordPlan(line.isShort)) {
    const { drill, times } = planned;
    say(`${drill}, ${times} times`);
    try {
      const own = { ...line, drill, times, seed: line.seed + held.length };
      const { found, pausesMs = [], broken } = await hold(own, signal);
      held.push({ ...planned, found: isTally(found) ? found : undefined, pausesMs, broken });
    } catch (error) {
      signal.throwIfAborted();
      const broken = [`it could not be held to its end: ${String(error)}`];
      held.push({ ...planned, found: undefined, pausesMs: [], broken });
    }
  }
  const { seed, rate, isShort } = line;
  return { seed, rate, isShort, durationMs: Math.round(performance.now() - startMs), drills: held };
}

/** Writes the account; true: the promises were kept. */
async function account(line: CommandLine, signal: AbortSignal): Promise<boolean> {
  if (line.drill === recordName) {
    const report = await keepRecord(line, signal);
    process.stdout.write(line.isJson ? recordJson(report) : recordText(report));
    return brokenIn(report).length === 0;
  }
  const report = await perform(line, signal);
  process.stdout.write(line.isJson ? reportJson(report) : reportText(report));
  return report.broken.length === 0;
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
    return (await account(line, signal)) ? 0 : 1;
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
