import { LuminaError } from '@lumina/contracts';
import type { RunStore } from '@lumina/store';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { v7 as uuidV7 } from 'uuid';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { STORE } from '../tokens';
import { CreateThreadBody } from './bodies';
import { ownThread } from './ownership';
import { threadState, threadView } from './thread-state';

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
    return threadState(snapshot, await this.store.journal(thread));
  }

  private async view(thread: string, tenant: string): Promise<unknown> {
    const snapshot = await ownThread(this.store, thread, tenant);
    return threadView(snapshot, await this.store.journal(thread));
  }
}
