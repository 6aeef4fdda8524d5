import type { Shell } from '../command-line/shell';
import { type DataFolder, makeDataFolder } from '../data/data-folder';
import { identityOf } from '../processes/process-identity';
import { acquireStackLock } from './stack-lock';
import { digestOf, settingsOf } from './settings-digest';
import { type StackState, writeStackState } from './stack-state';

/** Writes down a ready stack that this very process supervises. For tests. */
export function pretendStack(
  data: DataFolder,
  caller: Pick<Shell, 'env' | 'cwd'>,
  changes: Partial<StackState> = {},
): StackState {
  const self = identityOf(process.pid);
  if (self === undefined) throw new Error('cannot tell when this process was started');
  makeDataFolder(data);
  acquireStackLock(data.lockFile);
  const state: StackState = {
    version: 1,
    phase: 'ready',
    supervisor: self,
    startedAt: new Date().toISOString(),
    isExplicit: false,
    port: undefined,
    replicas: 1,
    workspaceRoot: data.workspaces,
    settings: digestOf(settingsOf(caller)),
    model: 'simulated/simulated',
    processes: [],
    ...changes,
  };
  writeStackState(data.stateFile, state);
  return state;
}

export const gatewayRecord = (url: string): StackState['processes'][number] => ({
  name: 'gateway',
  role: 'gateway',
  identity: identityOf(process.pid),
  url,
});
