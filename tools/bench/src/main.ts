import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { programs } from '@lumina/testbed';
import { type CommandLine, UsageError, readCommandLine } from './command-line';
import { perform } from './perform';
import { type Report, reportText } from './report/report';

const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);

async function bench(options: CommandLine, signal: AbortSignal): Promise<Report> {
  const startMs = performance.now();
  const root = mkdtempSync(join(tmpdir(), 'lumina-bench-'));
  const progress = (text: string): void =>
    say(`${((performance.now() - startMs) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
  try {
    return await perform(options, { root, progress, signal });
  } finally {
    if (options.isKept) say(`its data and logs are in ${root}`);
    else rmSync(root, { recursive: true, force: true });
  }
}

function save(report: Report): string {
  const time = report.at.replace(/[:.]/g, '-');
  const path = resolve(report.options.out ?? join(programs, '../.lumina/bench', `${time}.json`));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  return path;
}

/** An interrupted benchmark ends what it has started before it goes. */
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
    const options = readCommandLine(process.argv.slice(2));
    const report = await bench(options, signal);
    say(`results: ${save(report)}`);
    process.stdout.write(options.isJson ? `${JSON.stringify(report)}\n` : reportText(report));
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
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
