import type { Shell } from '../command-line/shell';
import type { DataFolder } from '../data/data-folder';
import { builtPrograms } from '../data/repository';
import { Refusal } from '../command-line/refusal';
import { awaitReady, runningStack, stopStack } from './running-stack';
import { changedSettings, settingsOf } from './settings-digest';
import { stackOwner } from './stack-lock';
import { startDetached } from './start-detached';
import type { StackState } from './stack-state';

const othersStartTimeoutMs = 90_000;

/** Progress that is told only when there is something to wait for: `tell` is silent for the first moments. */
function patient(tell: (text: string) => void, afterMs: number): (text: string) => void {
  const sinceMs = performance.now();
  return (text) => {
    if (performance.now() - sinceMs > afterMs) tell(text);
  };
}

async function found(data: DataFolder): Promise<StackState | undefined> {
  const state = runningStack(data);
  if (state?.phase === 'ready') return state;
  if (stackOwner(data.lockFile) === undefined) return undefined;
  return awaitReady(data, othersStartTimeoutMs);
}

/**
 * The stack that a run of this caller needs: the running one, a restarted one where settings differ, or a new one.
 *
 * @throws Refusal when none can be had
 */
export async function wantedStack(
  data: DataFolder,
  caller: Pick<Shell, 'env' | 'cwd'>,
  tell: (text: string) => void,
  programs = builtPrograms,
): Promise<StackState> {
  const running = await found(data);
  const wanted = settingsOf(caller);
  const options = { data, programs, port: undefined, replicas: 1, isExplicit: false, caller };
  if (running === undefined) {
    const slow = setTimeout(() => tell('starting the stack (once; later runs find it running)'), 1_500);
    try {
      return await startDetached(options, patient(tell, 1_500));
    } finally {
      clearTimeout(slow);
    }
  }
  const changed = changedSettings(running.settings, wanted, running);
  if (changed.length === 0) return running;
  tell(`starting the stack again, for these have changed: ${changed.join(', ')}`);
  const stopped = await stopStack(data, () => undefined);
  if (stopped.kind === 'stuck')
    throw new Refusal(`the running stack (process ${stopped.pid}) does not stop; see ${data.logs}`);
  const { port, replicas } = running;
  return startDetached({ ...options, port, replicas }, patient(tell, 5_000));
}
