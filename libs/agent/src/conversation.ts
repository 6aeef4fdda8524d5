import type { Fact, JournalEntry, Message } from '@lumina/contracts';

/** What a fact adds to its thread's conversation. */
export function messagesOf(fact: Fact): readonly Message[] {
  switch (fact.type) {
    case 'run.accepted':
      return fact.context === undefined ? fact.input : [...fact.context, ...fact.input];
    case 'model.answered':
    case 'tool.answered':
      return [fact.message];
    case 'model.cut':
      return fact.message.content === '' ? [] : [fact.message];
    case 'thread.updated':
      return fact.messages;
    case 'approval.asked':
    case 'approval.given':
    case 'answer.rejected':
    case 'model.unavailable':
    case 'budget.asked':
    case 'budget.granted':
    case 'budget.freed':
    case 'budget.refused':
    case 'cancel.requested':
    case 'run.succeeded':
    case 'run.failed':
    case 'run.cancelled':
    case 'run.expired':
      return [];
  }
}

/** The checkpoint that a fact begins from, where that is not the one right before it. */
export const rewindOf = (fact: Fact): number | undefined =>
  fact.type === 'run.accepted' || fact.type === 'thread.updated' || fact.type === 'run.cancelled'
    ? fact.rewindTo
    : undefined;

export function extendConversation(messages: readonly Message[], fact: Fact): readonly Message[] {
  if (fact.type === 'answer.rejected') return messages.filter(({ id }) => id !== fact.messageId);
  const added = messagesOf(fact);
  return added.length === 0 ? messages : [...messages, ...added];
}

/**
 * The conversation at a checkpoint: the facts on the way back from there to the empty thread. A fact that rewinds was preceded by
 * an earlier one, so the journal is a log and the conversations in it are a tree.
 */
export function conversationAt(journal: readonly JournalEntry[], position: number): readonly Message[] {
  const said: (readonly Message[])[] = [];
  const rejected = new Set<string>();
  let at = Math.min(position, journal.length);
  for (let entry = journal[at - 1]; entry !== undefined; entry = journal[at - 1]) {
    const { fact } = entry;
    if (fact.type === 'answer.rejected') rejected.add(fact.messageId);
    const added = messagesOf(fact);
    said.push(rejected.size === 0 ? added : added.filter(({ id }) => !rejected.has(id)));
    at = Math.min(rewindOf(fact) ?? at - 1, at - 1);
  }
  return said.reverse().flat();
}

/** The checkpoint before each one; 0 is the empty thread. */
export function parentPosition(journal: readonly JournalEntry[], position: number): number {
  const fact = journal[position - 1]?.fact;
  return (fact === undefined ? undefined : rewindOf(fact)) ?? position - 1;
}
