import { parseCommandLine, usage } from './command-line';
import { errorMessage } from './error-message';
import { type ScenarioBook, ScenarioError, readScenario } from './scenario/book';
import { type ModelSim, startModelSim } from './server';

/** Where the command speaks. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
}

export type CommandOutcome =
  | { readonly kind: 'listening'; readonly sim: ModelSim }
  | { readonly kind: 'ended'; readonly exitCode: 0 | 1 | 2 };

const ended = (exitCode: 0 | 1 | 2): CommandOutcome => ({ kind: 'ended', exitCode });

/** The command line, whole: 0 after `--help`, 2 for wrong usage or a bad scenario, 1 when it cannot listen. */
export async function runModelSim(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<CommandOutcome> {
  const fail = (message: string, exitCode: 1 | 2): CommandOutcome => {
    terminal.err(`model-sim: ${message}\n`);
    return ended(exitCode);
  };
  const parsed = parseCommandLine(args, environment);
  if (parsed.kind === 'wrong') return fail(`${parsed.message}\n\n${usage}`, 2);
  if (parsed.kind === 'help') {
    terminal.out(usage);
    return ended(0);
  }
  const { port, host, scenarioFile, requireKey } = parsed.commandLine;
  let scenario: ScenarioBook = { scenarios: [] };
  try {
    if (scenarioFile !== undefined) scenario = readScenario(scenarioFile);
    const sim = await startModelSim({
      port,
      host,
      scenario,
      ...(requireKey === undefined ? {} : { requireKey }),
    });
    terminal.out(`model-sim listening on ${sim.url} (simulated model)\n`);
    return { kind: 'listening', sim };
  } catch (error) {
    return fail(errorMessage(error), error instanceof ScenarioError ? 2 : 1);
  }
}
