import { LuminaError } from '@lumina/contracts';
import { type Shelf, type ThreadDirectory, type ThreadSnapshot, labelOf } from '@lumina/store';
import type { AgentRegister } from '../agents/agent-register';
import { contains, selected } from './containment';
import type { threadView } from './thread-state';
import type { ThreadViews } from './thread-views';

export const threadStatuses = ['idle', 'busy', 'interrupted', 'error'] as const;
export type ThreadStatus = (typeof threadStatuses)[number];
export const threadOrders = ['created_at', 'updated_at', 'thread_id', 'status'] as const;

export interface ThreadFilter {
  readonly ids?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  readonly status?: ThreadStatus | undefined;
}

export interface ThreadQuery extends ThreadFilter {
  readonly limit: number;
  readonly offset: number;
  readonly sortBy: (typeof threadOrders)[number];
  readonly isAscending: boolean;
  readonly select: readonly string[] | undefined;
}

type View = ReturnType<typeof threadView>;

/** So many threads are looked at for one search; past that the client is asked to say more of what it looks for. */
const maxExamined = 10_000;
const chunk = 100;

/**
 * Finds a tenant's threads. The index answers what is asked of most: the newest threads, and those that carry a text, number or flag in
 * their metadata. What else is asked is looked up in each thread that the index names, of which there may be so many.
 */
export class ThreadSearch {
  constructor(
    private readonly directory: ThreadDirectory,
    private readonly views: ThreadViews,
    private readonly agents: Pick<AgentRegister, 'list'>,
  ) {}

  async search(tenant: string, query: ThreadQuery): Promise<readonly object[]> {
    const { limit, offset, sortBy, isAscending, select } = query;
    const end = offset + limit;
    const isIndexOrder = sortBy === 'created_at' && query.ids === undefined;
    if (isIndexOrder && !isFiltered(query)) {
      const page = { from: offset, count: limit, isAscending };
      const ids = await this.directory.page(await this.shelf(tenant, query), page);
      const found = await this.owned(tenant, ids);
      return this.shown(found, select);
    }
    const found: View[] = [];
    for await (const view of this.matching(tenant, query)) {
      found.push(view);
      if (isIndexOrder && found.length >= end) break;
    }
    if (!isIndexOrder) found.sort(inOrder(sortBy, isAscending));
    return found.slice(offset, end).map((view) => selected(view, select));
  }

  async count(tenant: string, filter: ThreadFilter): Promise<number> {
    if (!isFiltered(filter) && filter.ids === undefined)
      return this.directory.size(await this.shelf(tenant, filter));
    let count = 0;
    for await (const _view of this.matching(tenant, { ...filter, isAscending: false })) count += 1;
    return count;
  }

  /** Threads that fit, in the order of the index. */
  private async *matching(
    tenant: string,
    filter: ThreadFilter & { readonly isAscending: boolean },
  ): AsyncGenerator<View> {
    const { metadata = {}, status, values } = filter;
    for await (const ids of this.candidates(tenant, filter)) {
      const threads = await this.owned(tenant, ids);
      for (const snapshot of threads) {
        if (!contains(this.metadataOf(snapshot), metadata)) continue;
        const view = await this.views.view(snapshot);
        const isWanted = status === undefined || view.status === status;
        if (isWanted && (values === undefined || contains(view.values, values))) yield view;
      }
    }
  }

  private async *candidates(
    tenant: string,
    filter: ThreadFilter & { readonly isAscending: boolean },
  ): AsyncGenerator<readonly string[]> {
    if (filter.ids !== undefined) {
      for (let from = 0; from < filter.ids.length; from += chunk) yield filter.ids.slice(from, from + chunk);
      return;
    }
    const shelf = await this.shelf(tenant, filter);
    for (let from = 0; ; from += chunk) {
      const { isAscending } = filter;
      const ids = await this.directory.page(shelf, { from, count: chunk, isAscending });
      if (ids.length === 0) return;
      if (from >= maxExamined) throw tooMany();
      yield ids;
    }
  }

  /** The smallest part of the index that holds all that is looked for. */
  private async shelf(tenant: string, { metadata = {} }: ThreadFilter): Promise<Shelf> {
    const labels = this.labelsIn(metadata);
    const shelves = labels.map((label): Shelf => ({ tenant, label }));
    const sizes = await Promise.all(shelves.map((shelf) => this.directory.size(shelf)));
    const smallest = sizes.indexOf(Math.min(...sizes));
    return shelves[smallest] ?? { tenant, label: undefined };
  }

  /** An assistant's id stands for its agent's name. */
  private labelsIn(metadata: Readonly<Record<string, unknown>>): readonly string[] {
    return Object.entries(metadata).flatMap(([name, value]) => {
      const agent = name === 'assistant_id' ? this.agentOf(value) : undefined;
      if (agent !== undefined) return [labelOf('graph_id', agent)];
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [labelOf(name, value)]
        : [];
    });
  }

  private agentOf(assistantId: unknown): string | undefined {
    return this.agents.list().find((agent) => agent.assistantId === assistantId)?.definition.name;
  }

  private metadataOf({ metadata, agent }: ThreadSnapshot): Readonly<Record<string, unknown>> {
    const known = this.agents.list().find(({ definition }) => definition.name === agent);
    if (known === undefined) return metadata;
    return { graph_id: known.definition.name, assistant_id: known.assistantId, ...metadata };
  }

  private async owned(tenant: string, ids: readonly string[]): Promise<readonly ThreadSnapshot[]> {
    const threads = await this.directory.threads(ids);
    return threads.filter((thread): thread is ThreadSnapshot => thread?.tenant === tenant);
  }

  private async shown(
    threads: readonly ThreadSnapshot[],
    select: readonly string[] | undefined,
  ): Promise<readonly object[]> {
    const shown: object[] = [];
    for (let from = 0; from < threads.length; from += chunk) {
      const views = threads.slice(from, from + chunk).map((thread) => this.views.view(thread));
      for (const view of await Promise.all(views)) shown.push(selected(view, select));
    }
    return shown;
  }
}

/** Whether more is looked for than one label. */
function isFiltered({ metadata = {}, values, status }: ThreadFilter): boolean {
  const wanted = Object.values(metadata);
  const isOneLabel = wanted.length === 0 || (wanted.length === 1 && typeof wanted[0] !== 'object');
  return !isOneLabel || values !== undefined || status !== undefined;
}

function inOrder(by: (typeof threadOrders)[number], isAscending: boolean) {
  const sign = isAscending ? 1 : -1;
  return (one: View, other: View): number => (one[by] < other[by] ? -sign : one[by] > other[by] ? sign : 0);
}

function tooMany(): LuminaError {
  const expected = `a search that leaves at most ${maxExamined} threads to look at: name a text, number or flag of their metadata`;
  return new LuminaError('LUM_VALIDATION_FAILED', `metadata: expected ${expected}`, {
    fields: [{ field: 'metadata', expected }],
  });
}
