import { waitUntil } from '../processes/delay';
import { type ProcessIdentity, isAlive, signal } from '../processes/process-identity';
import { type StackState, roles } from './stack-state';

const stopTimeoutMs = 25_000;

async function stopAll(identities: readonly ProcessIdentity[], timeoutMs: number): Promise<number> {
  const asked = identities.filter((identity) => signal(identity, 'SIGTERM'));
  const areGone = await waitUntil(() => !asked.some(isAlive), { timeoutMs });
  if (!areGone) for (const identity of asked) signal(identity, 'SIGKILL');
  return asked.length;
}

/**
 * Stops the processes of a stack whose supervisor has died, in their order, each only if it still is the process that was
 * recorded. Services notice the death themselves and are mostly gone.
 *
 * @returns how many were still there
 */
export async function stopLeftovers(state: StackState, timeoutMs = stopTimeoutMs): Promise<number> {
  let count = 0;
  for (const role of roles) {
    const identities = state.processes.flatMap((record) =>
      record.role === role && record.identity !== undefined ? [record.identity] : [],
    );
    count += await stopAll(identities, timeoutMs);
  }
  return count;
}
