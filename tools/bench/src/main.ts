import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { programs } from '@lumina/testbed';
import { type CommandLine, UsageError, readCommandLine } from './command-line';
import { perform } from './perform';
import type { Report } from './report/report';
import { reportText } from './report/report-text';
import { UnknownPeer } from './subjects/peer-list';

const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);

async function bench(options: CommandLine, out: string, signal: AbortSignal): Promise<Report> {
  const startMs = performance.now();
  const root = mkdtempSync(join(tmpdir(), 'lumina-bench-'));
  const progress = (text: string): void =>
    say(`${((performance.now() - startMs) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
  try {
    return await perform(options, { root, results: dirname(out), progress, signal });
  } finally {
    if (options.isKept) say(`its data and logs are in ${root}`);
    else rmSync(root, { recursive: true, force: true });
  }
}

function outFile(options: CommandLine): string {
  const time = new Date().toISOString().replace(/[:.]/g, '-');
  return resolve(options.out ?? join(programs, '../.lumina/bench', `${time}.json`));
}

/** An interrupted benchmark ends what it has started before it goes. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort(new Error('interrupted'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.once('disconnect', stop);
  return interrupted.signal;
}

async function measure(signal: AbortSignal): Promise<number> {
  const options = readCommandLine(process.argv.slice(2));
  const out = outFile(options);
  // Before the work rather than after it: a folder that cannot be written to is told at once.
  mkdirSync(dirname(out), { recursive: true });
  const report = await bench(options, out, signal);
  writeFileSync(out, `${JSON.stringify(report, null, 2)}\n`);
  say(`results: ${out}`);
  process.stdout.write(options.isJson ? `${JSON.stringify(report)}\n` : reportText(report));
  return options.isStrict && report.bars.some(({ isMet }) => !isMet) ? 1 : 0;
}

async function main(): Promise<number> {
  const signal = interruption();
  try {
    return await measure(signal);
  } catch (error) {
    if (error instanceof UsageError || error instanceof UnknownPeer) {
      say(`${error.message}\n\nSee lumina bench --help`);
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
