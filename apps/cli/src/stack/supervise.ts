import { Refusal, exitCodes, type ExitCode } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { makeDataFolder } from '../data/data-folder';
import { ensureSystemPackages, wantSystemPackages } from '../system-packages/ensure';
import { stopLeftovers } from './leftovers';
import { hasOwnRedis } from './service-environment';
import { acquireStackLock } from './stack-lock';
import type { StackOptions, StackReporter } from './stack-options';
import { type StackState, readStackState, removeStackState } from './stack-state';
import { StackSupervisor } from './stack-supervisor';

export interface Supervision extends StackReporter {
  /** All processes are ready. */
  readonly ready: (state: StackState) => void;
  readonly onInterrupt: Shell['onInterrupt'];
}

export type SupervisionEnd =
  /** Somebody else supervises this data folder. */
  { readonly kind: 'taken' } | { readonly kind: 'over'; readonly exitCode: ExitCode };

/**
 * Starts a stack, watches over it until it is asked to stop, and stops it.
 *
 * @throws Refusal when it cannot start; whatever had been started has been stopped then
 */
export async function supervise(options: StackOptions, supervision: Supervision): Promise<SupervisionEnd> {
  const { data, caller } = options;
  makeDataFolder(data);
  const lock = acquireStackLock(data.lockFile);
  if (lock.kind === 'taken') return { kind: 'taken' };
  try {
    if (!hasOwnRedis(caller.env)) await ensureSystemPackages(['redis-server'], supervision);
    const { progress } = supervision;
    await wantSystemPackages(['bwrap'], { progress, without: 'perhaps without the tools that run programs' });
    await cleanUp(data.stateFile, supervision);
    const interrupts = await superviseLocked(options, supervision);
    return { kind: 'over', exitCode: interrupts > 1 ? exitCodes.interrupted : exitCodes.ok };
  } finally {
    lock.release();
  }
}

/** A supervisor that was killed has left its processes, Redis among them, which must not write to the same files as the new one. */
async function cleanUp(stateFile: string, reporter: StackReporter): Promise<void> {
  const before = readStackState(stateFile);
  if (before === undefined) return;
  const count = await stopLeftovers(before);
  removeStackState(stateFile);
  if (count > 0) reporter.progress(`stopped ${count} processes of a stack whose supervisor had died`);
}

/** Returns how often it was asked to stop until it had. */
async function superviseLocked(options: StackOptions, supervision: Supervision): Promise<number> {
  const supervisor = new StackSupervisor(options, supervision);
  let interrupts = 0;
  let ask: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const stopListening = supervision.onInterrupt(() => {
    interrupts += 1;
    if (interrupts === 2) {
      supervision.progress('killing what is still there');
      supervisor.kill();
    }
    ask();
  });
  const starting = supervisor.start();
  try {
    const outcome = await Promise.race([starting, asked.then(() => ({ kind: 'stopped' }) as const)]);
    if (outcome.kind === 'ready') {
      supervision.ready(supervisor.state);
      await asked;
    }
    if (outcome.kind === 'failed') throw new Refusal(outcome.message);
  } finally {
    await supervisor.stop();
    // Asked to stop half-way: what the start then says of it has been said already.
    await starting.catch(() => undefined);
    stopListening();
  }
  return interrupts;
}
