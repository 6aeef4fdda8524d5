import type { Command } from '../command-line/command';
import { parseOptions } from '../command-line/options';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { dataFolder } from '../data/data-folder';
import { askOwnGateway } from '../stack/own-gateway';
import { type UsageReport, usageText } from '../usage/usage-text';

const usage = `Usage: lumina usage [--from DAY] [--to DAY] [--by DIMENSIONS] [--json] [--data DIR]

What calls of models came to: how many, tokens, US dollars. "lost" are calls whose end nobody saw, at the most that they
can have cost. Days are YYYY-MM-DD, UTC.

  --from DAY   the first day (default: 30 days before the last)
  --to DAY     the last day (default: today)
  --by LIST    what the lines are by, of tenant, agent, model, day, with commas between (default: day,agent,model)
  --json       the gateway's answer as it is
  --data DIR   which stack (default: LUMINA_DATA, else .lumina)
`;

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const options = {
    from: { type: 'string' },
    to: { type: 'string' },
    by: { type: 'string' },
    json: { type: 'boolean' },
    data: { type: 'string' },
  } as const;
  const parsed = parseOptions(args, options, 0);
  if (parsed.kind === 'wrong') throw new Refusal(`${parsed.message}\n\n${usage.trimEnd()}`, exitCodes.usage);
  const { from, to, by, json, data } = parsed.values;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ from, to, by }))
    if (value !== undefined) query.set(name, value);
  const path = query.size === 0 ? '/usage' : `/usage?${query.toString()}`;
  const text = await askOwnGateway(dataFolder(data, shell), path);
  shell.out.write(json === true ? `${text.trim()}\n` : usageText(JSON.parse(text) as UsageReport));
  return exitCodes.ok;
}

export const command: Command = { usage, run };
