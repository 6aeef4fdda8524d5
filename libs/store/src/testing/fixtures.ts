import { type Fact, type FactOf, runLimitsSchema } from '@lumina/contracts';
import type { ClaimedItem, NewRun, RunStore } from '../run-store';

export const times = { ringGraceMs: 300, longestRingGraceMs: 2_000, eventsKeptMs: 60_000 };
export const thread = '11111111-1111-4111-8111-111111111111';

export interface Bench {
  readonly store: RunStore;
  close(): Promise<void>;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function accepted(run: string, content = 'hello'): FactOf<'run.accepted'> {
  return {
    run,
    at: 1,
    type: 'run.accepted',
    agent: 'lumina',
    agentDigest: 'd1',
    input: [{ role: 'user', id: `${run}-u`, content }],
    limits: runLimitsSchema.parse({}),
    depth: 0,
  };
}

export function newRun(run: string, changes: Partial<NewRun> = {}): NewRun {
  return {
    run,
    thread,
    tenant: 'acme',
    accepted: accepted(run),
    requestDigest: `digest-of-${run}`,
    ifThreadMissing: 'create',
    ifThreadBusy: 'enqueue',
    threadMetadata: { from: 'test' },
    caps: { ofTenant: 0, ofAgent: 0 },
    isListed: true,
    ...changes,
  };
}

export const succeeded = (run: string): Fact => ({ run, at: 2, type: 'run.succeeded' });

export function toolAnswered(run: string, callId: string): Fact {
  const message = {
    role: 'tool',
    id: `m-${callId}`,
    toolCallId: callId,
    name: 't',
    content: 'ok',
    isError: false,
  } as const;
  return { run, at: 2, type: 'tool.answered', message, durationMs: 1, attempt: 1, isCached: false };
}

export async function claim(store: RunStore, run: string, item: string, owner = 'w1'): Promise<ClaimedItem> {
  const outcome = await store.claim({ run, item }, owner, 5_000);
  if (outcome.kind !== 'claimed') throw new Error(`expected to claim ${item}, was ${outcome.kind}`);
  return outcome.claimed;
}
