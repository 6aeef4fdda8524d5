import type { Fact, FactOf } from '@lumina/contracts';
import type { RunStore } from '@lumina/store';

export interface Question {
  readonly item: string;
  readonly callId: string;
  readonly expiresAt: number;
  readonly argsDigest: string;
  readonly why?: FactOf<'approval.asked'>['why'];
}

/** For tests: has a run's first answer ask for calls, each of which waits for a person. */
export async function askPerson(store: RunStore, run: string, questions: readonly Question[]): Promise<void> {
  const outcome = await store.claim({ run, item: 'step:1' }, 'scripted', 30_000);
  if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
  const toolCalls = questions.map(({ callId }) => ({ id: callId, name: 'send_mail', args: { to: callId } }));
  const answered: Fact = {
    ...{ run, at: Date.now(), type: 'model.answered', step: 1, model: 'simulated/simulated' },
    message: { role: 'assistant', id: `m-${run}`, content: '', toolCalls },
    usage: { inputTokens: 5, outputTokens: 3 },
    ...{ costUsd: 0, finishReason: 'tool_calls', attempt: 1, durationMs: 1, timeToFirstTokenMs: 1 },
  };
  const asked = questions.map((question): Fact => ({
    run,
    at: Date.now(),
    type: 'approval.asked',
    why: 'policy',
    ...question,
  }));
  const open = questions.map(({ item, expiresAt }) => ({ item, data: '', lookAtMs: expiresAt }));
  const facts = [answered, ...asked];
  await store.commit(outcome.claimed.lease, { facts, status: 'running', open, nextItem: 'step:2' });
}

export const question = (index: number, changes: Partial<Question> = {}): Question => ({
  ...{ item: `ask:1.${index}`, callId: `c${index}`, argsDigest: `digest-${index}` },
  expiresAt: Date.now() + 60_000,
  ...changes,
});
