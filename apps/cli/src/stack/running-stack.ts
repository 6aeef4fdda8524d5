import type { DataFolder } from '../data/data-folder';
import { waitUntil } from '../processes/delay';
import { isAlive, signal } from '../processes/process-identity';
import { stopLeftovers } from './leftovers';
import { acquireStackLock, stackOwner } from './stack-lock';
import { type StackState, readStackState, removeStackState } from './stack-state';

const stopTimeoutMs = 120_000;

/** The stack of this data folder, if its supervisor lives. */
export function runningStack(data: DataFolder): StackState | undefined {
  const state = readStackState(data.stateFile);
  return state !== undefined && isAlive(state.supervisor) ? state : undefined;
}

/**
 * Waits for a stack that somebody else is starting.
 *
 * @returns its state once it is ready; undefined when it went away instead, or took too long
 */
export async function awaitReady(data: DataFolder, timeoutMs: number): Promise<StackState | undefined> {
  let state: StackState | undefined;
  await waitUntil(
    () => {
      state = runningStack(data);
      return state?.phase === 'ready' || stackOwner(data.lockFile) === undefined;
    },
    { timeoutMs },
  );
  return state?.phase === 'ready' ? state : undefined;
}

export type StopOutcome =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'nothing' }
  /** The supervisor had died; this many of its processes were still there. */
  | { readonly kind: 'cleaned'; readonly count: number }
  | { readonly kind: 'stuck'; readonly pid: number };

/** Drains and stops the stack; works without its supervisor, too. `tell` hears what is still there every few seconds. */
export async function stopStack(data: DataFolder, tell: (text: string) => void): Promise<StopOutcome> {
  const owner = stackOwner(data.lockFile);
  if (owner === undefined) return stopOrphans(data);
  signal(owner, 'SIGTERM');
  let told = '';
  const isGone = await waitUntil(
    () => {
      const left = readStackState(data.stateFile)?.processes.filter(({ identity }) => identity !== undefined);
      const names = (left ?? []).map(({ name }) => name).join(', ');
      if (names !== told && names !== '') tell(`stopping: ${names}`);
      told = names;
      return !isAlive(owner);
    },
    { timeoutMs: stopTimeoutMs, everyMs: 100 },
  );
  return isGone ? { kind: 'stopped' } : { kind: 'stuck', pid: owner.pid };
}

/** Under the lock, so that nobody starts a stack here meanwhile. */
async function stopOrphans(data: DataFolder): Promise<StopOutcome> {
  const state = readStackState(data.stateFile);
  if (state === undefined) return { kind: 'nothing' };
  const lock = acquireStackLock(data.lockFile);
  if (lock.kind === 'taken') return { kind: 'stuck', pid: lock.owner.pid };
  try {
    const count = await stopLeftovers(state);
    removeStackState(data.stateFile);
    return count === 0 ? { kind: 'nothing' } : { kind: 'cleaned', count };
  } finally {
    lock.release();
  }
}
