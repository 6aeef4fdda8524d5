import { type CommandLine, parseCommandLine, usage } from './command-line';
import { type ScenarioBook, ScenarioError, readScenario } from './scenario/book';
import { startModelSim } from './server';

async function main(): Promise<void> {
  const parsed = parseCommandLine(process.argv.slice(2), process.env);
  switch (parsed.kind) {
    case 'help':
      process.stdout.write(usage);
      return;
    case 'wrong':
      fail(`${parsed.message}\n\n${usage}`, 2);
      return;
    case 'start':
      await start(parsed.commandLine);
  }
}

async function start(commandLine: CommandLine): Promise<void> {
  const { port, host, requireKey, scenarioFile } = commandLine;
  const scenario = scenarioFile === undefined ? undefined : openScenario(scenarioFile);
  if (scenario === 'refused') return;
  const sim = await startModelSim({
    port,
    host,
    ...(scenario === undefined ? {} : { scenario }),
    ...(requireKey === undefined ? {} : { requireKey }),
  });
  process.stdout.write(`model-sim listening on ${sim.url} (simulated model)\n`);
  const stop = (): void => {
    void sim.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function openScenario(file: string): ScenarioBook | 'refused' {
  try {
    return readScenario(file);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    fail(error.message, 2);
    return 'refused';
  }
}

function fail(message: string, exitCode: number): void {
  process.stderr.write(`model-sim: ${message}\n`);
  process.exitCode = exitCode;
}

main().catch((error: unknown) => {
  fail(error instanceof Error ? error.message : String(error), 1);
});
