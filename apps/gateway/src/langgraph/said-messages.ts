import { conversationAt } from '@lumina/agent';
import type { FactOf, JournalEntry, Message } from '@lumina/contracts';
import { type LangGraphMessage, assistantMessage, cutMessage, langGraphMessage } from './message-format';

type Said = FactOf<'model.answered' | 'model.cut'>;

/**
 * A thread's messages at a checkpoint, as the stream of the run that said them showed them: with the model and its usage, or marked as
 * cut off. A message that a client has replaced meanwhile is the client's.
 */
export function saidMessages(
  journal: readonly JournalEntry[],
  position: number,
): readonly LangGraphMessage[] {
  const said = new Map<Message, Said>();
  for (const { fact } of journal) {
    if (fact.type === 'model.answered' || fact.type === 'model.cut') said.set(fact.message, fact);
  }
  return conversationAt(journal, position).map((message) => shown(message, said.get(message)));
}

function shown(message: Message, said: Said | undefined): LangGraphMessage {
  if (said === undefined) return langGraphMessage(message);
  return said.type === 'model.cut' ? cutMessage(said.message) : assistantMessage(said.message, said);
}
