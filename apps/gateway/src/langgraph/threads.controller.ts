import { LuminaError } from '@lumina/contracts';
import type { RunStore } from '@lumina/store';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import type { MadeOnce } from '../runs/made-once';
import { MADE_ONCE, STORE } from '../tokens';
import { CheckpointBody, CreateThreadBody, HistoryBody, UpdateStateBody, checkpointIdIn } from './bodies';
import { checkpointId, positionOf } from './checkpoint';
import { ownThread } from './ownership';
import { limitIn } from './paging';
import { ApiIdempotencyKey, IdempotencyKeyOf } from './run-target';
import { checkpointsOf, threadState } from './thread-state';
import { ThreadUpdates } from './thread-updates';
import { ThreadViews } from './thread-views';

@ApiTags('LangGraph: threads')
@ApiSecurity('x-api-key')
@Controller('threads')
export class ThreadsController {
  private readonly views: ThreadViews;
  private readonly updates: ThreadUpdates;

  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(MADE_ONCE) private readonly madeOnce: MadeOnce,
  ) {
    this.views = new ThreadViews(store);
    this.updates = new ThreadUpdates(store);
  }

  @Post()
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiIdempotencyKey('The same key makes one thread.')
  @ApiOperation({ summary: 'Create a thread' })
  async create(
    @Body() body: CreateThreadBody,
    @CallerOf() { tenant }: Caller,
    @IdempotencyKeyOf() idempotencyKey: string | undefined,
  ): Promise<unknown> {
    const making = { kind: 'thread', tenant, idempotencyKey, request: body } as const;
    const name = await this.madeOnce.nameOf(making);
    const thread = body.thread_id ?? name;
    const metadata = body.metadata ?? {};
    const made = await this.store.createThread({ thread, tenant, metadata, creation: name });
    const isRefused = made === 'foreign' || (made === 'exists' && body.if_exists !== 'do_nothing');
    if (isRefused) throw new LuminaError('LUM_THREAD_EXISTS', `A thread ${thread} exists already.`);
    return this.view(thread, tenant);
  }

  @Get(':thread')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'A thread with its present values' })
  get(@Param('thread') thread: string, @CallerOf() { tenant }: Caller): Promise<unknown> {
    return this.view(thread, tenant);
  }

  @Get(':thread/state')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'The latest state of a thread' })
  async state(@Param('thread') thread: string, @CallerOf() { tenant }: Caller): Promise<unknown> {
    return this.views.state(await ownThread(this.store, thread, tenant));
  }

  @Get(':thread/state/:checkpoint')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'The state of a thread at a checkpoint' })
  async stateAt(
    @Param('thread') thread: string,
    @Param('checkpoint') checkpoint: string,
    @CallerOf() { tenant }: Caller,
  ): Promise<unknown> {
    return this.stateAtCheckpoint(thread, checkpoint, tenant);
  }

  @Post(':thread/state/checkpoint')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'The state of a thread at a checkpoint, which the body names' })
  async stateOfCheckpoint(
    @Param('thread') thread: string,
    @Body() body: CheckpointBody,
    @CallerOf() { tenant }: Caller,
  ): Promise<unknown> {
    const id = checkpointIdIn(body);
    if (id !== undefined) return this.stateAtCheckpoint(thread, id, tenant);
    return this.views.state(await ownThread(this.store, thread, tenant));
  }

  @Post(':thread/state')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiIdempotencyKey('The same key makes one change.')
  @ApiOperation({ summary: 'Change the state of a thread in which nothing runs; from a checkpoint: fork it' })
  async update(
    @Param('thread') thread: string,
    @Body() body: UpdateStateBody,
    @CallerOf() { tenant }: Caller,
    @IdempotencyKeyOf() idempotencyKey: string | undefined,
  ): Promise<unknown> {
    await ownThread(this.store, thread, tenant);
    const making = { kind: 'state', tenant, idempotencyKey, request: { thread, body } } as const;
    const creation = await this.madeOnce.nameIfAny(making);
    const position = await this.updates.make({ thread, tenant, body, creation });
    return { checkpoint: { thread_id: thread, checkpoint_ns: '', checkpoint_id: checkpointId(position) } };
  }

  @Get(':thread/history')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: "A thread's states, newest first" })
  history(
    @Param('thread') thread: string,
    @Query('limit') limit: string | undefined,
    @Query('before') before: string | undefined,
    @CallerOf() caller: Caller,
  ): Promise<unknown> {
    return this.states(thread, caller, { limit: limitIn(limit), before });
  }

  @Post(':thread/history')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @ApiOperation({ summary: "A thread's states, newest first" })
  searchHistory(
    @Param('thread') thread: string,
    @Body() { limit = 10, before }: HistoryBody,
    @CallerOf() caller: Caller,
  ): Promise<unknown> {
    return this.states(thread, caller, { limit, before });
  }

  private async states(
    thread: string,
    { tenant }: Caller,
    { limit, before }: { limit: number; before: unknown },
  ): Promise<unknown> {
    const { snapshot, journal, interrupts } = await this.views.read(
      await ownThread(this.store, thread, tenant),
    );
    const id = checkpointBefore(before);
    const end = id === undefined ? journal.length + 1 : positionOf(id, journal.length);
    return checkpointsOf(journal, end, limit).map((position) =>
      threadState(snapshot, journal, { position, interrupts }),
    );
  }

  private async stateAtCheckpoint(thread: string, checkpoint: string, tenant: string): Promise<unknown> {
    const { snapshot, journal, interrupts } = await this.views.read(
      await ownThread(this.store, thread, tenant),
    );
    return threadState(snapshot, journal, { position: positionOf(checkpoint, journal.length), interrupts });
  }

  private async view(thread: string, tenant: string): Promise<unknown> {
    return this.views.view(await ownThread(this.store, thread, tenant));
  }
}

/** A checkpoint in the ways in which clients name one: an id, an object with it, or a config around that. */
function checkpointBefore(before: unknown): string | undefined {
  if (typeof before === 'string') return before;
  const { checkpoint_id: id, configurable } = (before ?? {}) as {
    checkpoint_id?: unknown;
    configurable?: { checkpoint_id?: unknown } | null;
  };
  const named = id ?? configurable?.checkpoint_id;
  return typeof named === 'string' ? named : undefined;
}
