import type { Output } from '../command-line/shell';
import { execute } from './execution';
import { type Part, type JestOutcome, runJest } from './jest-run';
import type { TestCount } from './jest-report';
import { packageScript } from './package-script';

/** What must be clean before a test is worth running; scripts of package.json. */
const gates = [
  { name: 'format', script: 'format:check' },
  { name: 'lint', script: 'lint' },
  { name: 'checks', script: 'check' },
  { name: 'types', script: 'typecheck' },
] as const;

export interface Surroundings {
  /** The repository's root. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

export interface SuiteCount {
  readonly passed: number;
  readonly failed: number;
}

const add = (one: SuiteCount, other: SuiteCount): SuiteCount => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
});

const indented = (text: string): string => text.trimEnd().replaceAll(/^/gm, '  ');

class SuiteReport {
  private count: SuiteCount = { passed: 0, failed: 0 };

  constructor(private readonly out: Output) {}

  get total(): SuiteCount {
    return this.count;
  }

  /** Not counted: something to look into, not something that is wrong. */
  remark(text: string, details: readonly string[]): void {
    this.out.write(`note            ${text}\n`);
    for (const detail of details) this.out.write(`${indented(detail)}\n`);
  }

  /** One line a part, its failures indented below. */
  add(
    name: string,
    counted: SuiteCount & { readonly seconds: number; readonly detail?: string },
    failures: readonly string[],
  ): void {
    this.count = add(this.count, counted);
    const mark = counted.failed === 0 ? 'ok  ' : 'FAIL';
    this.out.write(`${mark} ${counted.seconds.toFixed(1).padStart(6)} s  ${name}${counted.detail ?? ''}\n`);
    for (const failure of failures) this.out.write(`${indented(failure)}\n`);
  }
}

async function runGates(report: SuiteReport, surroundings: Surroundings): Promise<void> {
  for (const { name, script } of gates) {
    const startMs = performance.now();
    const { exitCode, output } = await execute(packageScript(surroundings.cwd, script), surroundings);
    const seconds = (performance.now() - startMs) / 1_000;
    if (surroundings.signal.aborted) return;
    const isOk = exitCode === 0;
    report.add(name, { passed: Number(isOk), failed: Number(!isOk), seconds }, isOk ? [] : [output]);
  }
}

function addTests(report: SuiteReport, name: string, count: TestCount): void {
  const { passed, failed, failures } = count;
  report.add(name, { ...count, detail: `: ${passed} passed, ${failed} failed` }, failures);
}

function addJest(report: SuiteReport, part: Part, jest: JestOutcome): void {
  if (part !== 'integration') addTests(report, 'unit tests', jest.unit);
  if (part !== 'unit') addTests(report, 'integration tests', jest.integration);
  if (part === 'all') {
    const isOk = jest.coverageFaults.length === 0 && jest.breakdown === undefined;
    report.add('coverage', { passed: Number(isOk), failed: Number(!isOk), seconds: 0 }, jest.coverageFaults);
  }
  const { length } = jest.unsteady;
  const files = length === 1 ? '1 file' : `${length} files`;
  if (length > 0) report.remark(`unsteady: ${files} failed beside others and passed alone`, jest.unsteady);
  if (jest.breakdown !== undefined)
    report.add('jest', { passed: 0, failed: 1, seconds: 0 }, [jest.breakdown]);
}

/** Runs one part of the suite and says how it went, one line a step. `unit` is everything but the integration tests. */
export async function runSuite(part: Part, out: Output, surroundings: Surroundings): Promise<SuiteCount> {
  const report = new SuiteReport(out);
  if (part !== 'integration') await runGates(report, surroundings);
  if (surroundings.signal.aborted) return report.total;
  const jest = await runJest(part, surroundings);
  if (!surroundings.signal.aborted) addJest(report, part, jest);
  return report.total;
}
