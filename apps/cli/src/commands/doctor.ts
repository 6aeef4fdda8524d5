import type { Command } from '../command-line/command';
import { parseOptions } from '../command-line/options';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { type DataFolder, dataFolder } from '../data/data-folder';
import { repositoryRoot } from '../data/repository';
import { type Finding, findingText, ill, skipped } from '../doctor/finding';
import {
  dataFolderCheck,
  diskCheck,
  nodeCheck,
  packagesCheck,
  redisServerCheck,
  sandboxCheck,
} from '../doctor/machine-checks';
import { modelChecks } from '../doctor/model-checks';
import { healthChecks, mcpChecks, portsCheck, processChecks } from '../doctor/stack-checks';
import { runningStack } from '../stack/running-stack';
import { urlOf } from '../stack/stack-state';

const usage = `Usage: lumina doctor [--data DIR]

Looks at what Lumina needs and, when a stack runs, at each of its processes; says what to do about what is wrong. Exit code 1 when
something is.

  --data DIR   which stack (default: LUMINA_DATA, else .lumina)
`;

/** A check that breaks is a finding, too. */
async function carriedOut(
  what: string,
  check: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [ill(what, `could not be looked at: ${(error as Error).message}`, 'see the message')];
  }
}

async function stackFindings(data: DataFolder, env: Shell['env']): Promise<readonly Finding[]> {
  const state = runningStack(data);
  if (state === undefined)
    return [skipped('stack', 'none runs (`lumina up` starts one)'), await portsCheck()];
  const [processes, health, mcp] = await Promise.all([
    processChecks(data, state, env),
    healthChecks(urlOf(state, 'gateway')),
    mcpChecks(state),
  ]);
  return [...processes, ...health, ...mcp];
}

function allFindings(data: DataFolder, env: Shell['env']): Promise<readonly (readonly Finding[])[]> {
  return Promise.all([
    carriedOut('Node.js', async () => [nodeCheck()]),
    carriedOut('npm packages', async () => [await packagesCheck(repositoryRoot)]),
    carriedOut('redis-server', async () => [await redisServerCheck()]),
    carriedOut('sandbox', async () => [await sandboxCheck()]),
    carriedOut('disk', async () => [await diskCheck(data)]),
    carriedOut('data folder', async () => [dataFolderCheck(data)]),
    carriedOut('stack', () => stackFindings(data, env)),
    carriedOut('model', () => modelChecks(env)),
  ]);
}

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const parsed = parseOptions(args, { data: { type: 'string' } });
  if (parsed.kind === 'wrong') throw new Refusal(`${parsed.message}\n\n${usage.trimEnd()}`, exitCodes.usage);
  const data = dataFolder(parsed.values.data, shell);
  const findings = (await allFindings(data, shell.env)).flat();
  shell.out.write(`${findings.map(findingText).join('\n')}\n`);
  const illCount = findings.filter(({ state }) => state === 'ill').length;
  shell.out.write(illCount === 0 ? '\nAll is well.\n' : `\n${illCount} to mend.\n`);
  return illCount === 0 ? exitCodes.ok : exitCodes.failed;
}

export const command: Command = { usage, run };
