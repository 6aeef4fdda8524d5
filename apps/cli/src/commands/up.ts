import type { Command } from '../command-line/command';
import { parseOptions, wholeNumber } from '../command-line/options';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { dataFolder } from '../data/data-folder';
import { builtPrograms } from '../data/repository';
import { developmentKey } from '../data/dev-key';
import { awaitReady } from '../stack/running-stack';
import { type StackOptions, maxReplicas } from '../stack/stack-options';
import { startDetached } from '../stack/start-detached';
import type { StackState } from '../stack/stack-state';
import { stackOwner } from '../stack/stack-lock';
import { supervise } from '../stack/supervise';
import { stackText } from './stack-text';

const usage = `Usage: lumina up [--detach] [--port N] [--data DIR] [--replicas N]

Starts gateway, orchestrators, executors, health and an embedded Redis, watches over them, and stops them in order on Ctrl-C
or \`lumina down\`. With LUMINA_REDIS_URL or LUMINA_REDIS_SENTINELS set, that Redis is used instead.

  --detach       return when the stack is ready; it goes on in the background
  --port N       port of the gateway (default: 8080, or a free one when that is taken)
  --data DIR     where data, logs and the state of the stack live (default: LUMINA_DATA, else .lumina)
  --replicas N   how many orchestrators and how many executors (default: 1)
`;

const options = {
  detach: { type: 'boolean' },
  port: { type: 'string' },
  data: { type: 'string' },
  replicas: { type: 'string' },
} as const;

interface UpOptions extends StackOptions {
  readonly isDetached: boolean;
}

function upOptions(args: readonly string[], shell: Shell): UpOptions {
  const parsed = parseOptions(args, options);
  if (parsed.kind === 'wrong') throw new Refusal(`${parsed.message}\n\n${usage.trimEnd()}`, exitCodes.usage);
  const { detach = false, port, data, replicas = '1' } = parsed.values;
  const portNumber = port === undefined ? undefined : wholeNumber(port, 0, 65_535);
  if (port !== undefined && portNumber === undefined)
    throw new Refusal(`--port must be a number from 0 to 65535, not '${port}'`, exitCodes.usage);
  const count = wholeNumber(replicas, 1, maxReplicas);
  if (count === undefined)
    throw new Refusal(
      `--replicas must be a number from 1 to ${maxReplicas}, not '${replicas}'`,
      exitCodes.usage,
    );
  if (data === '') throw new Refusal('--data must not be empty', exitCodes.usage);
  return {
    data: dataFolder(data, shell),
    programs: builtPrograms,
    port: portNumber,
    replicas: count,
    isExplicit: true,
    caller: shell,
    isDetached: detach,
  };
}

async function sayAlreadyRunning(up: StackOptions, shell: Shell): Promise<ExitCode> {
  const state = await awaitReady(up.data, 90_000);
  if (state === undefined)
    throw new Refusal(`another command is starting or stopping the stack in ${up.data.root}`);
  shell.out.write(`A stack is running already in ${up.data.root}.\n${readyText(up, state)}`);
  return exitCodes.ok;
}

const readyText = ({ data }: StackOptions, state: StackState): string =>
  stackText(state, developmentKey(data.devKey));

async function upDetached(
  up: StackOptions,
  shell: Shell,
  progress: (text: string) => void,
): Promise<ExitCode> {
  const state = await startDetached(up, progress);
  shell.out.write(
    `${readyText(up, state)}It runs in the background: \`lumina status\` shows it, \`lumina down\` stops it.\n`,
  );
  return exitCodes.ok;
}

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const { isDetached, ...up } = upOptions(args, shell);
  const progress = (text: string): void => {
    shell.err.write(`lumina: ${text}\n`);
  };
  if (stackOwner(up.data.lockFile) !== undefined) return sayAlreadyRunning(up, shell);
  if (isDetached) return upDetached(up, shell, progress);
  progress('starting');
  const end = await supervise(up, {
    progress,
    note: progress,
    ready: (state) => {
      shell.out.write(`${readyText(up, state)}Ctrl-C stops it.\n`);
    },
    onInterrupt: shell.onInterrupt,
  });
  return end.kind === 'taken' ? sayAlreadyRunning(up, shell) : end.exitCode;
}

export const command: Command = { usage, run };
