import type { RunStore, ThreadDirectory } from '@lumina/store';
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { clientSignal } from '../client-signal';
import { Streams } from '../throttle/route-class';
import { DIRECTORY, REQUESTS, STORE, STREAMS, THREAD_REMOVAL } from '../tokens';
import { CreateRunBody } from './bodies';
import { beginning } from './cursor';
import { ownRun, ownThread } from './ownership';
import { RunAnswers } from './run-answers';
import { RunLists, readRunQuery } from './run-lists';
import { isRollback, isYes } from './run-queries';
import type { RunRequests } from './run-requests';
import type { RunStreams } from './run-stream';
import { type RunTarget, RunTargetOf } from './run-target';
import type { ThreadRemoval } from './thread-removal';
import { runView } from './thread-state';

const idempotency = { name: 'Idempotency-Key', required: false, description: 'The same key makes one run.' };

@ApiTags('LangGraph: runs')
@ApiSecurity('x-api-key')
@Controller('threads/:thread/runs')
export class RunsController {
  private readonly answers: RunAnswers;
  private readonly lists: RunLists;

  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(REQUESTS) private readonly requests: RunRequests,
    @Inject(STREAMS) private readonly streams: RunStreams,
    @Inject(DIRECTORY) directory: ThreadDirectory,
    @Inject(THREAD_REMOVAL) private readonly removal: ThreadRemoval,
  ) {
    this.answers = new RunAnswers(streams, requests);
    this.lists = new RunLists(store, directory);
  }

  @Post()
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiHeader(idempotency)
  @ApiOperation({ summary: 'Start a run in the background' })
  async create(
    @RunTargetOf() target: RunTarget,
    @Body() body: CreateRunBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const { snapshot, headers } = await this.requests.accept(target, body);
    reply.headers(headers);
    return runView(snapshot);
  }

  @Post('stream')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiHeader(idempotency)
  @Streams('always')
  @ApiOperation({ summary: 'Start a run, or go on with one, and watch it' })
  async stream(
    @RunTargetOf() target: RunTarget,
    @Body() body: CreateRunBody,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.answers.streamNew(target, body, reply);
  }

  @Post('wait')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiHeader(idempotency)
  @ApiOperation({ summary: 'Start a run, or go on with one, and wait for its end' })
  async wait(
    @RunTargetOf() target: RunTarget,
    @Body() body: CreateRunBody,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const watcher = { target, isRunCancelled: body.on_disconnect === 'cancel' };
    await this.answers.atEnd(reply, await this.requests.accept(target, body), watcher);
  }

  @Get(':run')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'A run' })
  async get(@RunTargetOf() { thread, run, caller }: RunTarget): Promise<unknown> {
    return runView(await ownRun(this.store, { run, thread }, caller.tenant));
  }

  @Get()
  @NeedsScope('runs:read')
  @ApiOperation({ summary: "A thread's runs, newest first" })
  @ApiQuery({ name: 'limit', required: false })
  @ApiQuery({ name: 'offset', required: false })
  @ApiQuery({ name: 'status', required: false })
  @ApiQuery({ name: 'select', required: false })
  async list(
    @Param('thread') thread: string,
    @Query() query: Readonly<Record<string, string | string[] | undefined>>,
    @CallerOf() { tenant }: Caller,
  ): Promise<unknown> {
    await ownThread(this.store, thread, tenant);
    return this.lists.page(thread, readRunQuery(query));
  }

  @Delete(':run')
  @HttpCode(204)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Remove the record of a run that has ended; what it said stays in its thread' })
  async remove(@RunTargetOf() { thread, run, caller }: RunTarget): Promise<void> {
    await this.removal.removeRun(run, thread, caller.tenant);
  }

  @Get(':run/stream')
  @NeedsScope('runs:read')
  @Streams('always')
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last frame that was read.',
  })
  @ApiOperation({ summary: 'Watch a run, from the beginning or from where a stream broke' })
  @ApiQuery({ name: 'stream_mode', required: false, isArray: true })
  async join(
    @RunTargetOf() target: RunTarget,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Query() query: Readonly<Record<string, string | string[] | undefined>>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const snapshot = await ownRun(
      this.store,
      { run: target.run, thread: target.thread },
      target.caller.tenant,
    );
    await this.answers.join({ target, snapshot, lastEventId, query }, reply);
  }

  @Get(':run/join')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'Wait for the end of a run' })
  async await(
    @RunTargetOf() target: RunTarget,
    @Query('cancel_on_disconnect') cancels: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const snapshot = await ownRun(
      this.store,
      { run: target.run, thread: target.thread },
      target.caller.tenant,
    );
    const watcher = { target, isRunCancelled: isYes(cancels) };
    await this.answers.atEnd(reply, { snapshot, after: beginning, headers: {} }, watcher);
  }

  @Post(':run/cancel')
  @HttpCode(202)
  @NeedsScope('runs:write')
  @ApiQuery({ name: 'wait', required: false, description: '1: answer when the run has ended' })
  @ApiQuery({ name: 'action', required: false, enum: ['interrupt', 'rollback'] })
  @ApiOperation({ summary: 'Cancel a run; what it said by then is kept, unless it is rolled back' })
  async cancel(
    @RunTargetOf() target: RunTarget,
    @Query('wait') wait: string | undefined,
    @Query('action') action: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const snapshot = await this.requests.cancel(target, isRollback(action));
    const isAwaited = isYes(wait);
    if (isAwaited) await this.streams.ended(snapshot, clientSignal(reply));
    void reply.status(isAwaited ? 204 : 202).send(isAwaited ? undefined : {});
  }
}
