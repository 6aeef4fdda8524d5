import type { Command } from '../command-line/command';
import { parseOptions } from '../command-line/options';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { dataFolder } from '../data/data-folder';
import { askOwnGateway } from '../stack/own-gateway';
import { type Explanation, explanationText } from '../runs/explanation-text';

const usage = `Usage: lumina explain RUN [--json] [--data DIR]

Says why a run is where it is: what it waits for and since when, what happened so far, and what to do.

  --json       the gateway's answer as it is
  --data DIR   which stack (default: LUMINA_DATA, else .lumina)
`;

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const options = { json: { type: 'boolean' }, data: { type: 'string' } } as const;
  const parsed = parseOptions(args, options, 1);
  if (parsed.kind === 'wrong') throw new Refusal(`${parsed.message}\n\n${usage.trimEnd()}`, exitCodes.usage);
  const id = parsed.positionals[0] ?? '';
  if (id === '') throw new Refusal(`which run?\n\n${usage.trimEnd()}`, exitCodes.usage);
  const data = dataFolder(parsed.values.data, shell);
  const text = await askOwnGateway(data, `/runs/${encodeURIComponent(id)}/explain`);
  if (parsed.values.json === true) shell.out.write(`${text.trim()}\n`);
  else shell.out.write(explanationText(JSON.parse(text) as Explanation, Date.now()));
  return exitCodes.ok;
}

export const command: Command = { usage, run };
