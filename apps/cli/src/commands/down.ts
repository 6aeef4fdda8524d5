import type { Command } from '../command-line/command';
import { parseOptions } from '../command-line/options';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { dataFolder } from '../data/data-folder';
import { stopStack } from '../stack/running-stack';

const usage = `Usage: lumina down [--data DIR]

Drains and stops the stack: the gateway first, Redis last. What was accepted is kept and goes on after the next start.

  --data DIR   which stack (default: LUMINA_DATA, else .lumina)
`;

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const parsed = parseOptions(args, { data: { type: 'string' } });
  if (parsed.kind === 'wrong') throw new Refusal(`${parsed.message}\n\n${usage.trimEnd()}`, exitCodes.usage);
  const data = dataFolder(parsed.values.data, shell);
  const outcome = await stopStack(data, (text) => {
    shell.err.write(`lumina: ${text}\n`);
  });
  switch (outcome.kind) {
    case 'stopped':
      shell.out.write('The stack has stopped.\n');
      return exitCodes.ok;
    case 'nothing':
      shell.out.write(`No stack runs in ${data.root}.\n`);
      return exitCodes.ok;
    case 'cleaned':
      shell.out.write(
        `The supervisor had died; stopped the ${outcome.count} processes that it had left behind.\n`,
      );
      return exitCodes.ok;
    case 'stuck':
      throw new Refusal(`the supervisor (process ${outcome.pid}) does not stop; see ${data.logs}`);
  }
}

export const command: Command = { usage, run };
