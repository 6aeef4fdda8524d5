import { conversationAt } from '@lumina/agent';
import { type FactOf, type JournalEntry, LuminaError } from '@lumina/contracts';
import type { RunStore } from '@lumina/store';
import { type UpdateStateBody, checkpointIdIn } from './bodies';
import { positionOf } from './checkpoint';
import { applyChanges, readChanges } from './state-update';

/** A change that a client makes in a thread, under a name where it gave one. */
export interface ThreadUpdate {
  readonly thread: string;
  readonly tenant: string;
  readonly body: UpdateStateBody;
  readonly creation: string | undefined;
}

/** Changes of threads in which nothing runs. What is sent again under its name is made once, however many gateways it reaches. */
export class ThreadUpdates {
  constructor(private readonly store: Pick<RunStore, 'journal' | 'annotate'>) {}

  /** Returns the position of the checkpoint that the change made. @throws LuminaError */
  async make({ thread, tenant, body, creation }: ThreadUpdate): Promise<number> {
    const journal = await this.store.journal(thread);
    const made = madeAs(creation, journal);
    if (made !== undefined) return made;
    const fact = { ...changeOf(body, journal), ...(creation === undefined ? {} : { creation }) };
    const outcome = await this.store.annotate({ thread, tenant, journalLength: journal.length, fact });
    switch (outcome.kind) {
      case 'annotated':
        return outcome.position;
      case 'thread-missing':
        throw new LuminaError('LUM_THREAD_NOT_FOUND', `Thread with ID ${thread} not found`);
      case 'thread-busy':
        throw new LuminaError('LUM_THREAD_BUSY', `Run ${outcome.activeRun} is under way in this thread.`);
      case 'conflict': {
        const meanwhile = madeAs(creation, await this.store.journal(thread));
        if (meanwhile !== undefined) return meanwhile;
        throw new LuminaError('LUM_CONFLICT', 'The thread changed meanwhile; read its state and try again.');
      }
    }
  }
}

/** Where a change of this name was made before. */
function madeAs(creation: string | undefined, journal: readonly JournalEntry[]): number | undefined {
  if (creation === undefined) return undefined;
  return journal.find(({ fact }) => fact.type === 'thread.updated' && fact.creation === creation)?.position;
}

function changeOf(body: UpdateStateBody, journal: readonly JournalEntry[]): FactOf<'thread.updated'> {
  const changes = readChanges(body.values);
  const id = checkpointIdIn(body);
  const from = id === undefined ? journal.length : positionOf(id, journal.length);
  const { messages, isRewrite } = applyChanges(conversationAt(journal, from), changes);
  const rewindTo = isRewrite ? 0 : from;
  const isRewind = rewindTo !== journal.length;
  return {
    ...{ run: '', at: Date.now(), type: 'thread.updated', messages: [...messages] },
    ...(isRewind ? { rewindTo } : {}),
  };
}
