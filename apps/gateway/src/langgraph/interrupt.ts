import { type PendingCall, type RunState } from '@lumina/agent';
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

/** A run rests for people when every call that is left waits for a decision. */
export function interruptsOf({ run, phase }: RunState): readonly Interrupt[] {
  if (phase.name !== 'acting') return [];
  const asked = phase.unanswered.filter((pending) => pending.asked !== undefined);
  if (asked.length === 0 || asked.length < phase.unanswered.length) return [];
  const first = asked[0]?.asked?.item ?? '';
  return [{ id: uuidV5(first, run).replaceAll('-', ''), value: valueOf(asked) }];
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
