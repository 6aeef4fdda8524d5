import type { Redis } from 'ioredis';
import type { DurableWriter } from './durable-writer';
import { keyPrefix, keys } from './keys';
import { agentLabel, labelsOf } from './labels';
import { entriesOf, threadSnapshot } from './replies';
import type { ThreadSnapshot } from './run-store';
import type { Fact, JournalEntry } from '@lumina/contracts';

type Metadata = Readonly<Record<string, unknown>>;

/** A tenant's threads, newest first, or those of them that carry a label. */
export interface Shelf {
  readonly tenant: string;
  readonly label: string | undefined;
}

export interface ThreadCopy {
  readonly from: string;
  readonly to: string;
  readonly tenant: string;
  readonly metadata: Metadata;
  /** The agent that worked in the thread. */
  readonly agent: string | undefined;
}

export type Removal = 'forgotten' | 'missing' | 'busy';

/** Where threads are found, copied and removed. Runs themselves are the run store's. */
export class ThreadDirectory {
  constructor(
    private readonly writer: Pick<DurableWriter, 'write'>,
    private readonly reader: Redis,
  ) {}

  size(shelf: Shelf): Promise<number> {
    return this.reader.zcard(keyOf(shelf));
  }

  /** `count` ids from the `from`-th on, by the time of their creation. */
  page(
    shelf: Shelf,
    { from, count, isAscending }: { from: number; count: number; isAscending: boolean },
  ): Promise<readonly string[]> {
    const [key, last] = [keyOf(shelf), from + count - 1];
    return isAscending
      ? this.reader.zrange(key, String(from), String(last))
      : this.reader.zrange(key, String(from), String(last), 'REV');
  }

  async threads(ids: readonly string[]): Promise<readonly (ThreadSnapshot | undefined)[]> {
    const replies = await this.pipelined(ids, (pipeline, id) => pipeline.hgetall(keys.thread(id)));
    return ids.map((id, index) => threadSnapshot(id, replies[index] as Record<string, string>));
  }

  /** The last fact of each thread's journal. */
  async lastFacts(ids: readonly string[]): Promise<readonly (Fact | undefined)[]> {
    const replies = await this.pipelined(ids, (pipeline, id) => pipeline.lindex(keys.journal(id), -1));
    return replies.map((line) => (typeof line === 'string' ? entriesOf([line])[0]?.fact : undefined));
  }

  /** What a thread's journal has behind a position; nothing where it ends there, or there is none. */
  async entriesAfter(thread: string, position: number): Promise<readonly JournalEntry[]> {
    const lines = await this.reader.lrange(keys.journal(thread), position, -1);
    return entriesOf(lines).map((entry) => ({ ...entry, position: position + entry.position }));
  }

  /** Runs of a thread, newest first: `count` from the `from`-th on. */
  async runs(thread: string, from: number, count: number): Promise<readonly string[]> {
    const oldestFirst = await this.reader.lrange(keys.runsOfThread(thread), -(from + count), -(from + 1));
    return oldestFirst.reverse();
  }

  /** Gives a thread other metadata; `conflict`: it has changed since it was read. */
  async relabel(
    { thread, tenant, metadata: before }: Pick<ThreadSnapshot, 'thread' | 'tenant' | 'metadata'>,
    after: Metadata,
  ): Promise<'relabelled' | 'missing' | 'conflict'> {
    const [old, added] = [labelsOf(before), labelsOf(after)];
    const removed = old.filter((label) => !added.includes(label));
    const args = [
      ...[keyPrefix, tenant, thread, Date.now(), JSON.stringify(before), JSON.stringify(after)],
      ...[removed.length, ...removed, ...added],
    ];
    const reply = await this.writer.write('relabel', [keys.thread(thread)], args);
    return reply as 'relabelled' | 'missing' | 'conflict';
  }

  /** Makes a thread of what another has settled; `exists`: it is there already. */
  async copy({ from, to, tenant, metadata, agent }: ThreadCopy): Promise<'copied' | 'missing' | 'exists'> {
    const names = [keys.thread(from), keys.journal(from), keys.thread(to), keys.journal(to)];
    const args = [
      keyPrefix,
      tenant,
      to,
      Date.now(),
      JSON.stringify(metadata),
      ...allLabels({ metadata, agent }),
    ];
    return (await this.writer.write('copy', names, args)) as 'copied' | 'missing' | 'exists';
  }

  /** Removes a thread with its runs, or one run of it. */
  async forget(
    { thread, tenant, metadata, agent }: Pick<ThreadSnapshot, 'thread' | 'tenant' | 'metadata' | 'agent'>,
    run = '',
  ): Promise<Removal> {
    const names = [
      keys.thread(thread),
      keys.runsOfThread(thread),
      keys.journal(thread),
      keys.waiting(thread),
    ];
    const args = [keyPrefix, tenant, thread, Date.now(), run, ...allLabels({ metadata, agent })];
    return (await this.writer.write('forget', names, args)) as Removal;
  }

  private async pipelined(
    ids: readonly string[],
    ask: (pipeline: ReturnType<Redis['pipeline']>, id: string) => unknown,
  ): Promise<readonly unknown[]> {
    if (ids.length === 0) return [];
    const pipeline = this.reader.pipeline();
    for (const id of ids) ask(pipeline, id);
    const replies = (await pipeline.exec()) ?? [];
    return replies.map(([error, reply]) => {
      if (error !== null) throw error;
      return reply;
    });
  }
}

const keyOf = ({ tenant, label }: Shelf): string =>
  label === undefined ? keys.threads(tenant) : keys.label(tenant, label);

function allLabels({ metadata, agent }: Pick<ThreadSnapshot, 'metadata' | 'agent'>): readonly string[] {
  const labels = labelsOf(metadata);
  return agent === undefined ? labels : [...labels, agentLabel(agent)];
}
