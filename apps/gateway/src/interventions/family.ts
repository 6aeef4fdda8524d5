import { type PendingCall, type RunState, delegateTool, foldRun, isClientCall } from '@lumina/agent';
import { LuminaError, childItem } from '@lumina/contracts';
import { type RunStore, childIds } from '@lumina/store';

/** A run, and below it the subagents' runs that it waits for, in the order of its calls. */
export interface Family {
  readonly state: RunState;
  readonly children: readonly Family[];
}

/** The runs of subagents that a run waits for; not each has begun. */
export function childrenOf({
  run,
  phase,
}: RunState): readonly { readonly run: string; readonly thread: string }[] {
  if (phase.name !== 'acting') return [];
  const { step, unanswered } = phase;
  return unanswered
    .filter(isDelegated)
    .map(({ index, generation }) => childIds(run, childItem(step, index, generation)));
}

const isDelegated = ({ call, asked }: PendingCall): boolean =>
  asked === undefined && call.name === delegateTool;

/** A run's family as it is now. */
export async function familyOfRun(
  store: Pick<RunStore, 'journal'>,
  { run, thread }: { readonly run: string; readonly thread: string },
): Promise<Family> {
  return familyOf(store, foldRun(run, await store.journal(thread)));
}

export async function familyOf(store: Pick<RunStore, 'journal'>, state: RunState): Promise<Family> {
  const children = await Promise.all(
    childrenOf(state).map(async ({ run, thread }) =>
      familyOf(store, foldRun(run, await store.journal(thread))),
    ),
  );
  return { state, children };
}

/** The family's runs: whoever delegates comes before those that work for it. */
export const members = ({ state, children }: Family): readonly RunState[] => [
  state,
  ...children.flatMap(members),
];

/** Whether all that is left of the family's work waits for people. */
export function restsTogether({ state, children }: Family): boolean {
  const { phase } = state;
  switch (phase.name) {
    case 'waiting':
      return true;
    case 'acting':
      return (
        phase.unanswered.every(
          (pending) =>
            pending.asked !== undefined || isDelegated(pending) || isClientCall(state, pending.call),
        ) && children.every(restsTogether)
      );
    case 'unborn':
    case 'thinking':
    case 'ended':
      return false;
  }
}

/** @throws LuminaError LUM_APPROVAL_NOT_PENDING when this is no run of the family */
export async function checkMember(
  store: Pick<RunStore, 'journal'>,
  root: { readonly run: string; readonly thread: string },
  run: string,
): Promise<void> {
  if (run === root.run || members(await familyOfRun(store, root)).some((member) => member.run === run))
    return;
  throw new LuminaError('LUM_APPROVAL_NOT_PENDING', `Run ${root.run} waits for no subagent's run ${run}.`);
}
