import { LuminaError } from '@lumina/contracts';
import type { RunStore, ThreadDirectory } from '@lumina/store';
import { Body, Controller, Delete, HttpCode, Inject, Param, Patch, Post } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import type { MadeOnce } from '../runs/made-once';
import { DIRECTORY, MADE_ONCE, STORE, THREAD_REMOVAL, THREAD_SEARCH } from '../tokens';
import { withAdded } from './metadata';
import { ownThread } from './ownership';
import { ApiIdempotencyKey, IdempotencyKeyOf } from './run-target';
import { ThreadViews } from './thread-views';
import { PatchThreadBody, PruneThreadsBody, SearchThreadsBody } from './thread-bodies';
import type { ThreadRemoval } from './thread-removal';
import type { ThreadSearch } from './thread-search';

/** Others may change a thread between our reading and our writing; so often it is read again. */
const attempts = 5;

@ApiTags('LangGraph: threads')
@ApiSecurity('x-api-key')
@Controller('threads')
export class ThreadCollectionController {
  private readonly views: ThreadViews;

  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(DIRECTORY) private readonly directory: ThreadDirectory,
    @Inject(THREAD_SEARCH) private readonly threads: ThreadSearch,
    @Inject(THREAD_REMOVAL) private readonly removal: ThreadRemoval,
    @Inject(MADE_ONCE) private readonly madeOnce: MadeOnce,
  ) {
    this.views = new ThreadViews(store);
  }

  @Post('search')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'Find threads' })
  search(@Body() body: SearchThreadsBody, @CallerOf() { tenant }: Caller): Promise<readonly object[]> {
    const { limit = 10, offset = 0, sort_by: sortBy = 'created_at', sort_order: order, select } = body;
    return this.threads.search(tenant, {
      ...{ ids: body.ids, metadata: body.metadata, values: body.values, status: body.status },
      ...{ limit, offset, sortBy, isAscending: order === 'asc', select },
    });
  }

  @Post('count')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'How many threads there are' })
  count(@Body() body: SearchThreadsBody, @CallerOf() { tenant }: Caller): Promise<number> {
    const { ids, metadata, values, status } = body;
    return this.threads.count(tenant, { ids, metadata, values, status });
  }

  @Post('prune')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Remove several threads' })
  async prune(@Body() body: PruneThreadsBody, @CallerOf() caller: Caller): Promise<unknown> {
    let pruned = 0;
    for (const thread of body.thread_ids) pruned += await this.removed(thread, caller);
    return { pruned_count: pruned };
  }

  @Post(':thread/copy')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiIdempotencyKey('The same key makes one copy.')
  @ApiOperation({ summary: 'A new thread with what this one has settled' })
  async copy(
    @Param('thread') thread: string,
    @CallerOf() { tenant }: Caller,
    @IdempotencyKeyOf() idempotencyKey: string | undefined,
  ): Promise<unknown> {
    const { metadata, agent } = await ownThread(this.store, thread, tenant);
    const to = await this.madeOnce.nameOf({ kind: 'copy', tenant, idempotencyKey, request: { thread } });
    await this.directory.copy({ from: thread, to, tenant, metadata, agent });
    return this.views.view(await ownThread(this.store, to, tenant));
  }

  @Patch(':thread')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: "Add to a thread's metadata, or replace what it holds under the same names" })
  async patch(
    @Param('thread') thread: string,
    @Body() { metadata }: PatchThreadBody,
    @CallerOf() { tenant }: Caller,
  ): Promise<unknown> {
    await this.addMetadata(thread, tenant, metadata ?? {});
    return this.views.view(await ownThread(this.store, thread, tenant));
  }

  @Patch(':thread/state')
  @HttpCode(204)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: "Add to a thread's metadata, which its states show" })
  async patchState(
    @Param('thread') thread: string,
    @Body() { metadata }: PatchThreadBody,
    @CallerOf() { tenant }: Caller,
  ): Promise<void> {
    await this.addMetadata(thread, tenant, metadata ?? {});
  }

  @Delete(':thread')
  @HttpCode(204)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Stop what is under way in a thread, and remove it' })
  async remove(@Param('thread') thread: string, @CallerOf() caller: Caller): Promise<void> {
    await this.removal.removeThread(thread, caller);
  }

  private async removed(thread: string, caller: Caller): Promise<number> {
    try {
      await this.removal.removeThread(thread, caller);
      return 1;
    } catch (error) {
      if (error instanceof LuminaError && error.code === 'LUM_THREAD_NOT_FOUND') return 0;
      throw error;
    }
  }

  private async addMetadata(thread: string, tenant: string, added: Record<string, unknown>): Promise<void> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const snapshot = await ownThread(this.store, thread, tenant);
      const outcome = await this.directory.relabel(snapshot, withAdded(snapshot.metadata, added));
      if (outcome === 'relabelled') return;
    }
    throw new LuminaError('LUM_CONFLICT', 'The thread is changing quickly; try again.', {
      retryAfterMs: 1_000,
    });
  }
}
