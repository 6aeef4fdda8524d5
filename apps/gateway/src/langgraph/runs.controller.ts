import { LuminaError } from '@lumina/contracts';
import type { RunStore } from '@lumina/store';
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiQuery, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { luminaErrorOf } from '../problems/problem';
import { REQUESTS, STORE, STREAMS } from '../tokens';
import { CreateRunBody, modesOf } from './bodies';
import { beginning, readCursor } from './cursor';
import { ownRun, ownThread } from './ownership';
import { type StreamMode, streamModes } from './projection';
import type { RequestedRun, RunRequests } from './run-requests';
import type { RunStreams } from './run-stream';
import { type RunTarget, RunTargetOf } from './run-target';
import { SseReply } from './sse-reply';
import { runView } from './thread-state';

const idempotency = { name: 'Idempotency-Key', required: false, description: 'The same key makes one run.' };

@ApiTags('LangGraph: runs')
@ApiSecurity('x-api-key')
@Controller('threads/:thread/runs')
export class RunsController {
  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(REQUESTS) private readonly requests: RunRequests,
    @Inject(STREAMS) private readonly streams: RunStreams,
  ) {}

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
  @ApiProduces('text/event-stream')
  @ApiOperation({ summary: 'Start a run, or go on with one, and watch it' })
  async stream(
    @RunTargetOf() target: RunTarget,
    @Body() body: CreateRunBody,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { snapshot, after, headers } = await this.requests.accept(target, body);
    await this.streams.stream(new SseReply(reply, headers), snapshot, { modes: modesOf(body), after });
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
    await this.answerAtEnd(reply, await this.requests.accept(target, body));
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
  async list(@Param('thread') thread: string, @CallerOf() { tenant }: Caller): Promise<unknown> {
    await ownThread(this.store, thread, tenant);
    const runs = await this.store.runsOfThread(thread);
    const snapshots = await Promise.all(runs.map((run) => this.store.run(run)));
    return snapshots.flatMap((run) => (run === undefined ? [] : [runView(run)])).reverse();
  }

  @Get(':run/stream')
  @NeedsScope('runs:read')
  @ApiProduces('text/event-stream')
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last frame that was read.',
  })
  @ApiOperation({ summary: 'Watch a run, from the beginning or from where a stream broke' })
  async join(
    @RunTargetOf() { thread, run, caller }: RunTarget,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Query('stream_mode') modes: string | string[] | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const snapshot = await ownRun(this.store, { run, thread }, caller.tenant);
    const after = lastEventId === undefined ? beginning : readCursor(lastEventId);
    if (after === undefined || (after !== beginning && after.seq > snapshot.lastSeq)) throw badCursor();
    const view = { modes: joinModes(modes), after };
    await this.streams.stream(new SseReply(reply, {}), snapshot, view);
  }

  @Get(':run/join')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'Wait for the end of a run' })
  async await(@RunTargetOf() { thread, run, caller }: RunTarget, @Res() reply: FastifyReply): Promise<void> {
    const snapshot = await ownRun(this.store, { run, thread }, caller.tenant);
    await this.answerAtEnd(reply, { snapshot, after: beginning, headers: {} });
  }

  @Post(':run/cancel')
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
    const isAwaited = wait === '1' || wait === 'true';
    if (isAwaited) {
      const gone = new AbortController();
      reply.raw.on('close', () => gone.abort());
      await this.streams.ended(snapshot, gone.signal);
    }
    void reply.status(isAwaited ? 204 : 202).send(isAwaited ? undefined : {});
  }

  /** White space keeps the connection alive until the answer is there; JSON does not mind it. */
  private async answerAtEnd(reply: FastifyReply, { snapshot, after, headers }: RequestedRun): Promise<void> {
    const gone = new AbortController();
    reply.hijack();
    reply.raw.on('close', () => gone.abort());
    reply.raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8', ...headers });
    const onSilence = (): void => void reply.raw.write('\n');
    try {
      const outcome = await this.streams.outcome(snapshot, after, { signal: gone.signal, onSilence });
      reply.raw.end(JSON.stringify(outcome));
    } catch (error) {
      // The status has gone out already: the API's form for a failure behind it.
      const { code, message } = luminaErrorOf(error);
      reply.raw.end(JSON.stringify({ __error__: { error: code, message } }));
    }
  }
}

function isRollback(action: string | undefined): boolean {
  if (action === undefined || action === 'interrupt') return false;
  if (action === 'rollback') return true;
  const fields = [{ field: 'action', expected: 'interrupt or rollback' }];
  throw new LuminaError('LUM_VALIDATION_FAILED', 'action: expected interrupt or rollback', { fields });
}

function joinModes(given: string | string[] | undefined): ReadonlySet<StreamMode> {
  const asked = given === undefined ? ['values'] : [given].flat().flatMap((mode) => mode.split(','));
  const known = streamModes.filter((mode) => asked.includes(mode));
  if (known.length === asked.length) return new Set(known);
  const fields = [{ field: 'stream_mode', expected: `one or several of ${streamModes.join(', ')}` }];
  throw new LuminaError('LUM_VALIDATION_FAILED', 'An unknown stream_mode was asked for.', { fields });
}

function badCursor(): LuminaError {
  const fields = [{ field: 'Last-Event-ID', expected: 'the id of a frame of this run' }];
  return new LuminaError('LUM_CURSOR_EXPIRED', 'This cursor was never given out for this run.', { fields });
}
