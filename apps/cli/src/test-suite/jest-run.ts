import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { execute } from './execution';
import { type TestCount, integrationPattern, readJestReport } from './jest-report';

export type Part = 'unit' | 'integration' | 'all';

export interface JestOutcome {
  readonly unit: TestCount;
  readonly integration: TestCount;
  /** Lines in which Jest says that a coverage threshold is not met. */
  readonly coverageFaults: readonly string[];
  /** What Jest itself said when it did not get as far as a report. */
  readonly breakdown: string | undefined;
}

const nothing: TestCount = { passed: 0, failed: 0, seconds: 0, failures: [] };

function argumentsFor(part: Part, outputFile: string): readonly string[] {
  const choice = {
    unit: [
      '--coverage=false',
      `--testPathIgnorePatterns=/node_modules/`,
      `--testPathIgnorePatterns=${integrationPattern}`,
    ],
    integration: ['--coverage=false', `--testPathPatterns=${integrationPattern}`],
    all: ['--coverage'],
  }[part];
  return [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${outputFile}`,
    '--passWithNoTests',
    `--maxWorkers=${availableParallelism()}`,
    ...choice,
  ];
}

/** Runs Jest once over the part of the suite that is asked for. */
export async function runJest(
  part: Part,
  surroundings: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<JestOutcome> {
  const folder = join(surroundings.cwd, '.cache', 'test');
  mkdirSync(folder, { recursive: true });
  const outputFile = join(folder, `${part}-${process.pid}.json`);
  const invocation = { program: process.execPath, args: argumentsFor(part, outputFile) };
  const { output, exitCode } = await execute(invocation, surroundings);
  try {
    const report = readJestReport(readFileSync(outputFile, 'utf8'));
    const coverageFaults = output.split('\n').filter((line) => /^Jest: .*coverage.* not met/.test(line));
    const failed = report.unit.failed + report.integration.failed + coverageFaults.length;
    return { ...report, coverageFaults, breakdown: exitCode !== 0 && failed === 0 ? output : undefined };
  } catch {
    return { unit: nothing, integration: nothing, coverageFaults: [], breakdown: output };
  } finally {
    rmSync(outputFile, { force: true });
  }
}
