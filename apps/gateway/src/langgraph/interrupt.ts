import { type PendingCall, type RunState, isResting } from '@lumina/agent';
import type { FactOf } from '@lumina/contracts';
import { v5 as uuidV5 } from 'uuid';

export interface Interrupt {
  readonly id: string;
  readonly value: unknown;
}

const decisionsFor = {
  policy: ['approve', 'edit', 'reject'],
  outcome_unknown: ['retry', 'reject'],
  input: ['respond', 'reject'],
} as const;

/** What a run that rests waits for. */
export function interruptsOf(state: RunState): readonly Interrupt[] {
  const { run, phase } = state;
  if (!isResting(state)) return [];
  if (phase.name === 'waiting') return [interrupt(run, phase.asked.item, budgetValue(phase.asked))];
  if (phase.name !== 'acting') return [];
  return [interrupt(run, phase.unanswered[0]?.asked?.item ?? '', valueOf(phase.unanswered))];
}

const interrupt = (run: string, item: string, value: unknown): Interrupt => ({
  id: uuidV5(item, run).replaceAll('-', ''),
  value,
});

/** The name under which a used-up budget is shown among the actions that people decide about. */
export const budgetAction = 'budget';

function budgetValue({ scope, amount, used, allowed }: FactOf<'budget.asked'>) {
  return {
    action_requests: [{ name: budgetAction, args: { scope, amount, used, allowed } }],
    review_configs: [{ action_name: budgetAction, allowed_decisions: ['grant', 'reject'] }],
  };
}

function valueOf(asked: readonly PendingCall[]) {
  return {
    action_requests: asked.map(({ call }) => ({ name: call.name, args: call.args ?? {} })),
    review_configs: asked.map(({ call, asked: proposal }) => ({
      action_name: call.name,
      allowed_decisions: decisionsFor[proposal?.why ?? 'policy'],
    })),
  };
}
