import { type FactOf, stepItem } from '@lumina/contracts';
import type { Circumstances } from './circumstances';
import type { Command, Occurrence } from './commands';
import { end, failed } from './ending';
import { hasFlag } from './flags';
import { type RunState, evolve, stepGeneration } from './run-state';

/**
 * A run whose models cannot be reached, none of them, and that waits for one to come back. Invariants:
 *
 * O1 What it waits for, since when and until when is a fact before it waits.
 * O2 It waits no longer than its agent allows, counted from the first failure in a row; then it fails with the code of the last.
 * O3 The time that it waits is not work: it does not count as wall time.
 * O4 Runs of one outage do not all come back at once.
 */
const firstWaitMs = 1_000;
const longestWaitMs = 10_000;

type ModelFailed = Extract<Occurrence, { type: 'model.failed' }>;

export function modelFailed(state: RunState, failure: ModelFailed, circumstances: Circumstances): Command {
  const { agent, nowMs } = circumstances;
  const mayWait = hasFlag(state, 'outageIsWaitedFor') && failure.code === 'LUM_MODEL_UNAVAILABLE';
  const { phase } = state;
  const sinceMs = state.outage?.sinceMs ?? nowMs;
  const untilMs = sinceMs + (mayWait ? (agent.waitForModelsMs ?? 0) : 0);
  const nextAt = Math.min(untilMs, nowMs + waitMs(state, circumstances));
  if (phase.name !== 'thinking' || nextAt <= nowMs) {
    return end(state, [], failed(state, failure, circumstances));
  }
  const { step } = phase;
  const { code, message } = failure;
  const fact: FactOf<'model.unavailable'> = {
    ...{ run: state.run, at: nowMs, type: 'model.unavailable', step },
    ...{ failure: { code, message }, nextAt, until: untilMs },
  };
  const item = stepItem(step, stepGeneration(evolve(state, fact)));
  const open = [{ item, task: undefined, lookAtMs: nextAt }];
  return { type: 'advance', facts: [fact], close: [], open, nextItem: '' };
}

/** Doubles from a second on, and is the same for the same run and try, but not for another run. */
function waitMs(state: RunState, { digest }: Circumstances): number {
  const tries = state.outage?.tries ?? 0;
  const ceilingMs = Math.min(longestWaitMs, firstWaitMs * 2 ** tries);
  const share = (sumOf(digest(`${state.run}:${String(tries)}`)) % 256) / 256;
  return Math.round(ceilingMs * (0.5 + share / 2));
}

function sumOf(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum += text.charCodeAt(at);
  return sum;
}
