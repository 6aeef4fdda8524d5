import { LuminaError } from '@lumina/contracts';
import type { RunStore } from '@lumina/store';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import type { MadeOnce } from '../runs/made-once';
import { MADE_ONCE, STORE } from '../tokens';
import { CheckpointBody, CreateThreadBody, HistoryBody, UpdateStateBody, checkpointIdIn } from './bodies';
import { checkpointId, positionOf } from './checkpoint';
import { contains } from './containment';
import { ownThread } from './ownership';
import { limitIn } from './paging';
import { ApiIdempotencyKey, IdempotencyKeyOf } from './run-target';
import { checkpointsOf, threadState } from './thread-state';
import { selectedState, stateFieldsIn } from './state-selection';
import { ThreadUpdates } from './thread-updates';
import { ThreadViews } from './thread-views';

/** Among so many of the newest states of a thread those with some metadata are looked for. */
const maxSearched = 1_000;

interface HistorySearch {
  readonly limit: number;
  readonly before: unknown;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly fields?: readonly string[] | undefined;
}

/** Several may come as several. */
type SelectQuery = Readonly<Record<string, string | string[] | undefined>>;

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
  @ApiQuery({ name: 'select', required: false, isArray: true })
  async state(
    @Param('thread') thread: string,
    @Query() query: SelectQuery,
    @CallerOf() { tenant }: Caller,
  ): Promise<unknown> {
    const state = await this.views.state(await ownThread(this.store, thread, tenant));
    return selectedState(state, stateFieldsIn(query['select']));
  }

  @Get(':thread/state/:checkpoint')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'The state of a thread at a checkpoint' })
  async stateAt(
    @Param('thread') thread: string,
    @Param('checkpoint') checkpoint: string,
    @Query() query: SelectQuery,
    @CallerOf() { tenant }: Caller,
  ): Promise<unknown> {
    return selectedState(
      await this.stateAtCheckpoint(thread, checkpoint, tenant),
      stateFieldsIn(query['select']),
    );
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
    const state =
      id === undefined
        ? await this.views.state(await ownThread(this.store, thread, tenant))
        : await this.stateAtCheckpoint(thread, id, tenant);
    return selectedState(state, stateFieldsIn(body.select));
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
    @Body() { limit = 10, before, metadata, select }: HistoryBody,
    @CallerOf() caller: Caller,
  ): Promise<unknown> {
    return this.states(thread, caller, { limit, before, metadata, fields: stateFieldsIn(select) });
  }

  private async states(
    thread: string,
    { tenant }: Caller,
    { limit, before, metadata, fields }: HistorySearch,
  ): Promise<unknown> {
    const { snapshot, journal, interrupts } = await this.views.read(
      await ownThread(this.store, thread, tenant),
    );
    const id = checkpointBefore(before);
    const end = id === undefined ? journal.length + 1 : positionOf(id, journal.length);
    const positions = checkpointsOf(journal, end, metadata === undefined ? limit : maxSearched);
    const states = positions.map((position) => threadState(snapshot, journal, { position, interrupts }));
    const found = states.filter((state) => metadata === undefined || contains(state.metadata, metadata));
    return found.slice(0, limit).map((state) => selectedState(state, fields));
  }

  private async stateAtCheckpoint(thread: string, checkpoint: string, tenant: string) {
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
