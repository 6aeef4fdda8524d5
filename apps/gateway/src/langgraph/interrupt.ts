import { type PendingCall, type RunState, isResting } from '@lumina/agent';
import type { FactOf } from '@lumina/contracts';
import { v5 as uuidV5 } from 'uuid';
import { type Family, members, restsTogether } from '../interventions/family';

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
export const interruptsOf = (state: RunState): readonly Interrupt[] =>
  isResting(state) ? questions(state, {}) : [];

/**
 * What a family of runs waits for when all of it rests: of each run one interrupt, a subagent's with the run's id. Decisions come
 * in this order.
 */
export function familyInterrupts(family: Family): readonly Interrupt[] {
  if (!restsTogether(family)) return [];
  const [first, ...below] = members(family);
  if (first === undefined) return [];
  return [...questions(first, {}), ...below.flatMap((state) => questions(state, { run_id: state.run }))];
}

/** By what the questions of one run are answered; undefined where it asks nothing. */
export const interruptIdOf = (state: RunState): string | undefined => questions(state, {})[0]?.id;

function questions({ run, phase }: RunState, about: object): readonly Interrupt[] {
  if (phase.name === 'waiting') {
    const { asked } = phase;
    return [interrupt(run, asked.item, { ...about, ...budgetValue(asked) })];
  }
  const asked =
    phase.name === 'acting' ? phase.unanswered.filter((pending) => pending.asked !== undefined) : [];
  const [first] = asked;
  if (first?.asked === undefined) return [];
  return [interrupt(run, first.asked.item, { ...about, ...callsValue(asked) })];
}

const interrupt = (run: string, item: string, value: unknown): Interrupt => ({
  id: uuidV5(item, run).replaceAll('-', ''),
  value,
});

/** The name under which a used-up budget is shown among the actions that people decide about. */
const budgetAction = 'budget';

function budgetValue({ scope, amount, used, allowed }: FactOf<'budget.asked'>) {
  return {
    action_requests: [{ name: budgetAction, args: { scope, amount, used, allowed } }],
    review_configs: [{ action_name: budgetAction, allowed_decisions: ['grant', 'reject'] }],
  };
}

function callsValue(asked: readonly PendingCall[]) {
  return {
    action_requests: asked.map(({ call }) => ({ name: call.name, args: call.args ?? {} })),
    review_configs: asked.map(({ call, asked: proposal }) => ({
      action_name: call.name,
      allowed_decisions: decisionsFor[proposal?.why ?? 'policy'],
    })),
  };
}
