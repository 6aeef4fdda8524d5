import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { execute } from './execution';
import {
  type FileResult,
  type TestCount,
  countsOf,
  failedIn,
  failureText,
  integrationPattern,
  readJestReport,
} from './jest-report';

export type Part = 'unit' | 'integration' | 'all';

export interface JestOutcome {
  readonly unit: TestCount;
  readonly integration: TestCount;
  /** Lines in which Jest says that a coverage threshold is not met. */
  readonly coverageFaults: readonly string[];
  /** One text a file that failed at first and passed when it was run alone: how it failed. */
  readonly unsteady: readonly string[];
  /** What Jest itself said when it did not get as far as a report. */
  readonly breakdown: string | undefined;
}

const nothing: TestCount = { passed: 0, failed: 0, seconds: 0, failures: [] };
/** So many failing files are tried once more, each alone. More of them are no matter of a busy machine. */
const maxFilesAgain = 8;

const choices: Readonly<Record<Part, readonly string[]>> = {
  unit: [
    '--coverage=false',
    `--testPathIgnorePatterns=/node_modules/`,
    `--testPathIgnorePatterns=${integrationPattern}`,
  ],
  integration: ['--coverage=false', `--testPathPatterns=${integrationPattern}`],
  all: ['--coverage'],
};

interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

interface Attempt {
  /** Undefined when Jest did not get as far as a report. */
  readonly results: readonly FileResult[] | undefined;
  readonly output: string;
  readonly exitCode: number;
}

async function attempt(name: string, args: readonly string[], surroundings: Surroundings): Promise<Attempt> {
  const folder = join(surroundings.cwd, '.cache', 'test');
  mkdirSync(folder, { recursive: true });
  const outputFile = join(folder, `${name}-${process.pid}.json`);
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const report = ['--json', `--outputFile=${outputFile}`, '--passWithNoTests'];
  const invocation = { program: process.execPath, args: [...jest, ...report, ...args] };
  const { output, exitCode } = await execute(invocation, surroundings);
  try {
    return { results: readJestReport(readFileSync(outputFile, 'utf8')), output, exitCode };
  } catch {
    return { results: undefined, output, exitCode };
  } finally {
    rmSync(outputFile, { force: true });
  }
}

/** What failed beside others, run by itself; by path. */
async function again(
  failing: readonly FileResult[],
  surroundings: Surroundings,
): Promise<Map<string, FileResult>> {
  if (failing.length === 0 || failing.length > maxFilesAgain || surroundings.signal.aborted) return new Map();
  const paths = failing.map(({ name }) => name);
  const args = ['--coverage=false', '--forceExit', '--maxWorkers=1', '--runTestsByPath', ...paths];
  const { results = [] } = await attempt('again', args, surroundings);
  return new Map(results.map((result) => [result.name, result]));
}

/**
 * Runs Jest over the part of the suite that is asked for. Files that fail are run once more, alone: what passes then counts as passed, and
 * is said to be unsteady, with how it failed the first time.
 */
export async function runJest(part: Part, surroundings: Surroundings): Promise<JestOutcome> {
  const workers = `--maxWorkers=${availableParallelism()}`;
  const { results, output, exitCode } = await attempt(part, [workers, ...choices[part]], surroundings);
  if (results === undefined)
    return { unit: nothing, integration: nothing, coverageFaults: [], unsteady: [], breakdown: output };
  const failing = failedIn(results);
  const second = await again(failing, surroundings);
  const settled = results.map((result) => second.get(result.name) ?? result);
  const coverageFaults = output.split('\n').filter((line) => /^Jest: .*coverage.* not met/.test(line));
  const isSilent = exitCode !== 0 && failing.length === 0 && coverageFaults.length === 0;
  const unsteady = failing.filter(({ name }) => second.get(name)?.status === 'passed').map(failureText);
  return { ...countsOf(settled), coverageFaults, unsteady, breakdown: isSilent ? output : undefined };
}
