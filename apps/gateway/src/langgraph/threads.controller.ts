import { conversationAt, foldRun } from '@lumina/agent';
import { type FactOf, type JournalEntry, LuminaError } from '@lumina/contracts';
import type { RunStore, ThreadSnapshot } from '@lumina/store';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { v7 as uuidV7 } from 'uuid';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { familyOf } from '../interventions/family';
import { STORE } from '../tokens';
import { CreateThreadBody, HistoryBody, UpdateStateBody, checkpointIdIn } from './bodies';
import { checkpointId, positionOf } from './checkpoint';
import { familyInterrupts } from './interrupt';
import { ownThread } from './ownership';
import { applyChanges, readChanges } from './state-update';
import { checkpointsOf, threadState, threadView } from './thread-state';

@ApiTags('LangGraph: threads')
@ApiSecurity('x-api-key')
@Controller('threads')
export class ThreadsController {
  constructor(@Inject(STORE) private readonly store: RunStore) {}

  @Post()
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Create a thread' })
  async create(@Body() body: CreateThreadBody, @CallerOf() { tenant }: Caller): Promise<unknown> {
    const thread = body.thread_id ?? uuidV7();
    const made = await this.store.createThread({ thread, tenant, metadata: body.metadata ?? {} });
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
    const snapshot = await ownThread(this.store, thread, tenant);
    const journal = await this.store.journal(thread);
    const interrupts = await this.interrupts(snapshot, journal);
    return threadState(snapshot, journal, { position: journal.length, interrupts });
  }

  @Get(':thread/state/:checkpoint')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'The state of a thread at a checkpoint' })
  async stateAt(
    @Param('thread') thread: string,
    @Param('checkpoint') checkpoint: string,
    @CallerOf() { tenant }: Caller,
  ): Promise<unknown> {
    const snapshot = await ownThread(this.store, thread, tenant);
    const journal = await this.store.journal(thread);
    const position = positionOf(checkpoint, journal.length);
    return threadState(snapshot, journal, {
      position,
      interrupts: await this.interrupts(snapshot, journal),
    });
  }

  @Post(':thread/state')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Change the state of a thread in which nothing runs; from a checkpoint: fork it' })
  async update(
    @Param('thread') thread: string,
    @Body() body: UpdateStateBody,
    @CallerOf() { tenant }: Caller,
  ): Promise<unknown> {
    await ownThread(this.store, thread, tenant);
    const changes = readChanges(body.values);
    const journal = await this.store.journal(thread);
    const id = checkpointIdIn(body);
    const from = id === undefined ? journal.length : positionOf(id, journal.length);
    const { messages, isRewrite } = applyChanges(conversationAt(journal, from), changes);
    const rewindTo = isRewrite ? 0 : from;
    const isRewind = rewindTo !== journal.length;
    const fact: FactOf<'thread.updated'> = {
      run: '',
      at: Date.now(),
      type: 'thread.updated',
      messages: [...messages],
      ...(isRewind ? { rewindTo } : {}),
    };
    const position = await this.annotate({ thread, tenant, journalLength: journal.length, fact });
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
    return this.states(thread, caller, { limit: limitOf(limit), before });
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
    const snapshot = await ownThread(this.store, thread, tenant);
    const journal = await this.store.journal(thread);
    const id = checkpointBefore(before);
    const end = id === undefined ? journal.length + 1 : positionOf(id, journal.length);
    const interrupts = await this.interrupts(snapshot, journal);
    return checkpointsOf(journal, end, limit).map((position) =>
      threadState(snapshot, journal, { position, interrupts }),
    );
  }

  private async annotate(annotation: Parameters<RunStore['annotate']>[0]): Promise<number> {
    const outcome = await this.store.annotate(annotation);
    switch (outcome.kind) {
      case 'annotated':
        return outcome.position;
      case 'thread-missing':
        throw new LuminaError('LUM_THREAD_NOT_FOUND', `Thread with ID ${annotation.thread} not found`);
      case 'thread-busy':
        throw new LuminaError('LUM_THREAD_BUSY', `Run ${outcome.activeRun} is under way in this thread.`);
      case 'conflict':
        throw new LuminaError('LUM_CONFLICT', 'The thread changed meanwhile; read its state and try again.');
    }
  }

  private async view(thread: string, tenant: string): Promise<unknown> {
    const snapshot = await ownThread(this.store, thread, tenant);
    const journal = await this.store.journal(thread);
    return threadView(snapshot, journal, await this.interrupts(snapshot, journal));
  }

  /** What the thread's run, and the subagents' below it, wait for now. */
  private async interrupts({ activeRun }: ThreadSnapshot, journal: readonly JournalEntry[]) {
    if (activeRun === undefined) return [];
    return familyInterrupts(await familyOf(this.store, foldRun(activeRun, journal)));
  }
}

/** The same bounds as in a body. */
function limitOf(given: string | undefined): number {
  const limit = given === undefined ? 10 : Number(given);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  const fields = [{ field: 'limit', expected: 'a whole number from 1 to 1000' }];
  throw new LuminaError('LUM_VALIDATION_FAILED', 'limit: expected a whole number from 1 to 1000', { fields });
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
