import { runModelSim } from './command';

async function main(): Promise<void> {
  const outcome = await runModelSim(process.argv.slice(2), process.env, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
  if (outcome.kind === 'ended') {
    process.exitCode = outcome.exitCode;
    return;
  }
  const stop = (): void => {
    void outcome.sim.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

void main();
