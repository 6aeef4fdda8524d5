import { conversationAt } from '@lumina/agent';
import type { JournalEntry } from '@lumina/contracts';
import type { RunSnapshot } from '@lumina/store';
import { langGraphMessage } from '../langgraph/message-format';
import { runView } from '../langgraph/thread-state';

/** What a webhook is told of a run that has ended: the run, and the thread's values at its end. */
export function webhookPayload(run: RunSnapshot, journal: readonly JournalEntry[], sentAtMs: number): object {
  const own = journal.filter(({ fact }) => fact.run === run.run);
  const end = own.at(-1);
  const fact = end?.fact;
  const failure = fact?.type === 'run.failed' || fact?.type === 'run.expired' ? fact.failure : undefined;
  return {
    ...runView(run),
    run_started_at: iso(own[0]?.fact.at ?? run.createdMs),
    run_ended_at: iso(fact?.at ?? run.updatedMs),
    webhook_sent_at: iso(sentAtMs),
    values: { messages: conversationAt(journal, end?.position ?? 0).map(langGraphMessage) },
    ...(failure === undefined ? {} : { error: { error: failure.code, message: failure.message } }),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
