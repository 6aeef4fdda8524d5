import type { Command, OpenItem, RunState } from '@lumina/agent';
import { endedStatusOf, itemKind, stepItem } from '@lumina/contracts';
import type { Commit } from './run-store';

/** What the core commanded, as a change of the store. */
export type StoredCommand = Extract<Command, { type: 'advance' | 'end' | 'nothing' }>;

export const isStored = (command: Command): command is StoredCommand =>
  command.type === 'advance' || command.type === 'end' || command.type === 'nothing';

/**
 * @param mayRepeat whether a tool's call may be made again if nobody can say whether it was made
 * @throws Error for `nothing` about a run that has not ended: closing its item would strand it
 */
export function commitOf(
  state: RunState,
  command: StoredCommand,
  mayRepeat: (tool: string) => boolean = () => false,
): Commit {
  switch (command.type) {
    case 'nothing':
      return { facts: [], status: endedStatus(state), open: [] };
    case 'advance': {
      const isHandable = (item: string, task: OpenItem['task']): boolean =>
        itemKind(item) === 'call' && task !== undefined && 'tool' in task && mayRepeat(task.tool);
      const open = command.open.map(({ item, task, lookAtMs }) => ({
        item,
        data: task === undefined ? '' : JSON.stringify(task),
        ...(lookAtMs === undefined ? {} : { lookAtMs }),
        ...(isHandable(item, task) ? { mayBeHanded: true } : {}),
      }));
      const { facts, close, nextItem, grant } = command;
      const granted = grant === undefined ? {} : { grant };
      return { facts, status: 'running', close, open, nextItem, ...granted };
    }
    case 'end': {
      const { facts, close, status, parentAnswer } = command;
      if (parentAnswer === undefined || state.parent === undefined) return { facts, status, close, open: [] };
      const { run, thread, item, nextStep } = state.parent;
      const parent = { run, thread, item, fact: parentAnswer, nextItem: stepItem(nextStep) };
      return { facts, status, close, open: [], parent };
    }
  }
}

function endedStatus(state: RunState): Exclude<Commit['status'], 'running'> {
  if (state.phase.name === 'ended') return endedStatusOf(state.phase.ending);
  throw new Error(`run ${state.run} has not ended, and yet nothing follows for it`);
}
