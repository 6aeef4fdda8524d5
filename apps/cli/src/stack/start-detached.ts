import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import { makeDataFolder } from '../data/data-folder';
import { repositoryRoot } from '../data/repository';
import { openLog } from '../processes/log-file';
import { awaitReady } from './running-stack';
import type { StackOptions } from './stack-options';
import type { StackState } from './stack-state';

/** What a detached supervisor says to whoever started it. */
export type SupervisorMessage =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'ready'; readonly state: StackState }
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly message: string; readonly exitCode: ExitCode };

/** What it is told, as its only argument; the environment it inherits. */
export type SupervisorTask = Pick<StackOptions, 'data' | 'programs' | 'port' | 'replicas' | 'isExplicit'> & {
  readonly cwd: string;
};

const othersStartTimeoutMs = 90_000;

/**
 * Starts a stack that outlives this process and waits until it is ready; when somebody else is starting one here, waits for that.
 *
 * @throws Refusal when it cannot start
 */
export async function startDetached(
  options: StackOptions,
  progress: (text: string) => void,
): Promise<StackState> {
  const { data, programs, port, replicas, isExplicit, caller } = options;
  makeDataFolder(data);
  const task: SupervisorTask = { data, programs, port, replicas, isExplicit, cwd: caller.cwd };
  const log = openLog(join(data.logs, 'supervisor.out.log'));
  const child = spawn(
    process.execPath,
    [join(programs, 'apps/cli/src/supervisor-main.js'), JSON.stringify(task)],
    {
      cwd: repositoryRoot,
      env: { ...caller.env },
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
    },
  );
  closeSync(log);
  const end = await new Promise<SupervisorMessage>((resolve) => {
    const refuse = (how: string): void => {
      resolve({
        kind: 'refused',
        message: `the supervisor ${how}; see ${data.logs}`,
        exitCode: exitCodes.failed,
      });
    };
    child.on('message', (message: SupervisorMessage) => {
      if (message.kind === 'progress') progress(message.text);
      else resolve(message);
    });
    child.once('error', (error) => refuse(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => refuse(`ended (${signal ?? `exit code ${String(code)}`})`));
  });
  if (child.connected) child.disconnect();
  child.unref();
  return settle(end, options, progress);
}

async function settle(
  end: SupervisorMessage,
  { data }: StackOptions,
  progress: (text: string) => void,
): Promise<StackState> {
  if (end.kind === 'ready') return end.state;
  if (end.kind === 'refused') throw new Refusal(end.message, end.exitCode);
  progress('a stack is being started here already: waiting for it');
  const state = await awaitReady(data, othersStartTimeoutMs);
  if (state === undefined)
    throw new Refusal(`the stack that another command was starting did not get ready; see ${data.logs}`);
  return state;
}
