import type { Command } from '../command-line/command';
import { parseOptions } from '../command-line/options';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { repositoryRoot } from '../data/repository';
import { ensureSystemPackages, wantSystemPackages } from '../system-packages/ensure';
import { runSuite } from '../test-suite/suite';

const usage = `Usage: lumina test [unit|integration|all]

  unit          format, lint, checks, types, and the tests that start nothing
  integration   the tests that start real processes
  all           both, with coverage (the default)

The last line is "N passed, N failed"; the exit code is 1 when anything failed.
`;

const parts = ['unit', 'integration', 'all'] as const;
const isPart = (word: string): word is (typeof parts)[number] => parts.some((part) => part === word);

/** Settings of the caller's own stack are none of the tests' business. */
function testEnvironment(env: Shell['env']): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(LUMINA|OPENAI|ANTHROPIC|OLLAMA|OTEL)_/.test(name));
  return Object.fromEntries(kept);
}

async function runIn(root: string, args: readonly string[], shell: Shell): Promise<ExitCode> {
  const parsed = parseOptions(args, {}, 1);
  if (parsed.kind === 'wrong') throw new Refusal(`${parsed.message}\n\n${usage.trimEnd()}`, exitCodes.usage);
  const part = parsed.positionals[0] ?? 'all';
  if (!isPart(part)) throw new Refusal(`there is no part '${part}'\n\n${usage.trimEnd()}`, exitCodes.usage);
  const progress = (text: string): void => {
    shell.err.write(`lumina: ${text}\n`);
  };
  await ensureSystemPackages(['redis-server', 'bwrap', 'python3', 'git', 'cc', 'promtool', 'amtool'], {
    progress,
  });
  if (part !== 'unit')
    await wantSystemPackages(['chromium'], { progress, without: 'without the test in a real browser' });
  const leaving = new AbortController();
  const stopListening = shell.onInterrupt(() => leaving.abort());
  try {
    const env = testEnvironment(shell.env);
    const { passed, failed } = await runSuite(part, shell.out, {
      cwd: root,
      env,
      signal: leaving.signal,
    });
    if (leaving.signal.aborted) return exitCodes.interrupted;
    shell.out.write(`${passed} passed, ${failed} failed\n`);
    return failed === 0 ? exitCodes.ok : exitCodes.failed;
  } finally {
    stopListening();
  }
}

/** The suite of the repository at `root`. */
export const testCommandIn = (root: string): Command => ({
  usage,
  run: (args, shell) => runIn(root, args, shell),
});

export const command = testCommandIn(repositoryRoot);
