import { LuminaError } from '@lumina/contracts';
import type { RunSnapshot, RunStore } from '@lumina/store';
import { Body, Controller, Get, Headers, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiHeader,
  ApiOperation,
  ApiPropertyOptional,
  ApiQuery,
  ApiSecurity,
  ApiTags,
} from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, IsOptional, IsUUID } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NeedsScope } from '../auth/auth.guard';
import { BodyPipe } from '../bodies/body.pipe';
import { Streams } from '../throttle/route-class';
import { REQUESTS, STORE, STREAMS } from '../tokens';
import { CreateRunBody } from './bodies';
import { ownRun } from './ownership';
import { RunAnswers } from './run-answers';
import { isRollback } from './run-queries';
import type { RunRequests } from './run-requests';
import type { RunStreams } from './run-stream';
import { type RunTarget, RunTargetOf } from './run-target';
import { runView } from './thread-state';

const idempotency = { name: 'Idempotency-Key', required: false, description: 'The same key makes one run.' };
const maxBatch = 100;
/** How many of a tenant's newest runs are looked at when all of a status are to be cancelled. */
const maxCancelled = 1_000;
const cancellable = ['pending', 'running', 'all'] as const;

export class CancelRunsBody {
  @ApiPropertyOptional({ format: 'uuid' })
  @IsOptional()
  @IsUUID('all', { message: 'a UUID' })
  thread_id?: string;

  @ApiPropertyOptional({ type: [String], description: 'These runs; needs no thread.' })
  @IsOptional()
  @IsArray({ message: 'a list of UUIDs' })
  @ArrayMaxSize(maxCancelled, { message: `at most ${maxCancelled} ids` })
  @IsUUID('all', { each: true, message: 'a list of UUIDs' })
  run_ids?: string[];

  @ApiPropertyOptional({
    enum: cancellable,
    example: cancellable[0],
    description: "All of the tenant's runs that are so.",
  })
  @IsOptional()
  @IsIn(cancellable, { message: `one of ${cancellable.join(', ')}` })
  status?: (typeof cancellable)[number];
}

/** Runs that bring their own thread, and what concerns runs whatever their thread. */
@ApiTags('LangGraph: runs')
@ApiSecurity('x-api-key')
@Controller('runs')
export class StatelessRunsController {
  private readonly answers: RunAnswers;
  private readonly bodies = new BodyPipe();

  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(REQUESTS) private readonly requests: RunRequests,
    @Inject(STREAMS) streams: RunStreams,
  ) {
    this.answers = new RunAnswers(streams, requests);
  }

  @Post()
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiHeader(idempotency)
  @ApiOperation({ summary: 'Start a run in the background, in a thread of its own' })
  async create(
    @RunTargetOf() target: RunTarget,
    @Body() body: CreateRunBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const { snapshot, headers } = await this.requests.accept(target, withoutThread(body));
    reply.headers(headers);
    return runView(snapshot);
  }

  @Post('stream')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiHeader(idempotency)
  @Streams('always')
  @ApiOperation({ summary: 'Start a run in a thread of its own, and watch it' })
  async stream(
    @RunTargetOf() target: RunTarget,
    @Body() body: CreateRunBody,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.answers.streamNew(target, withoutThread(body), reply);
  }

  @Post('wait')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiHeader(idempotency)
  @ApiOperation({ summary: 'Start a run in a thread of its own, and wait for its end' })
  async wait(
    @RunTargetOf() target: RunTarget,
    @Body() body: CreateRunBody,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const watcher = { target, isRunCancelled: body.on_disconnect === 'cancel' };
    await this.answers.atEnd(reply, await this.requests.accept(target, withoutThread(body)), watcher);
  }

  @Post('batch')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiHeader(idempotency)
  @ApiBody({ type: [CreateRunBody] })
  @ApiOperation({ summary: `Start up to ${maxBatch} runs in the background` })
  async batch(@RunTargetOf() target: RunTarget, @Req() request: FastifyRequest): Promise<unknown> {
    const bodies = readBatch(request.body).map((entry) => this.read(entry));
    const runs: object[] = [];
    for (const [index, body] of bodies.entries()) {
      const key = target.idempotencyKey;
      const idempotencyKey = key === undefined ? undefined : `${key}/${index}`;
      const { snapshot } = await this.requests.accept({ ...target, idempotencyKey }, withoutThread(body));
      runs.push(runView(snapshot));
    }
    return runs;
  }

  @Post('cancel')
  @HttpCode(204)
  @NeedsScope('runs:write')
  @ApiQuery({ name: 'action', required: false, enum: ['interrupt', 'rollback'] })
  @ApiOperation({ summary: 'Cancel several runs' })
  async cancel(
    @RunTargetOf() target: RunTarget,
    @Body() { thread_id: thread, run_ids: ids, status }: CancelRunsBody,
    @Query('action') action: string | undefined,
  ): Promise<void> {
    const { tenant } = target.caller;
    if (ids === undefined && status === undefined) throw nothingNamed();
    const named = ids ?? (await this.store.newestRuns(tenant, maxCancelled));
    const place = thread === undefined ? {} : { thread };
    // All are looked up before one is cancelled: an id that is not the caller's stops the whole request.
    const runs = await Promise.all(
      named.map((run) =>
        ids === undefined ? this.store.run(run) : ownRun(this.store, { run, ...place }, tenant),
      ),
    );
    for (const run of runs) {
      if (run === undefined || run.tenant !== tenant || !isWanted(run, status, thread)) continue;
      await this.stop({ ...target, run: run.run }, isRollback(action));
    }
  }

  @Get(':run/stream')
  @NeedsScope('runs:read')
  @Streams('always')
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last frame that was read.',
  })
  @ApiQuery({ name: 'stream_mode', required: false, isArray: true })
  @ApiOperation({ summary: 'Watch a run' })
  async join(
    @RunTargetOf() target: RunTarget,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Query() query: Readonly<Record<string, string | string[] | undefined>>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const snapshot = await ownRun(this.store, { run: target.run }, target.caller.tenant);
    await this.answers.join({ target, snapshot, lastEventId, query }, reply);
  }

  private read(entry: unknown): CreateRunBody {
    return this.bodies.transform(entry, { type: 'body', metatype: CreateRunBody }) as CreateRunBody;
  }

  /** Whoever cancels many need not hear which of them ended meanwhile. */
  private async stop(target: RunTarget, isRollbackAsked: boolean): Promise<void> {
    try {
      await this.requests.cancel({ ...target, thread: '' }, isRollbackAsked);
    } catch (error) {
      if (!(error instanceof LuminaError && error.code === 'LUM_RUN_ENDED')) throw error;
    }
  }
}

function isWanted(
  { status: now, thread: of }: RunSnapshot,
  status: CancelRunsBody['status'],
  thread: string | undefined,
): boolean {
  if (thread !== undefined && of !== thread) return false;
  const isOver = now !== 'queued' && now !== 'running';
  if (isOver || status === undefined || status === 'all') return !isOver;
  return status === 'pending' ? now === 'queued' : now === 'running';
}

/** @throws LuminaError LUM_VALIDATION_FAILED: only a thread has something to resume */
function withoutThread(body: CreateRunBody): CreateRunBody {
  if (body.command === undefined) return body;
  const fields = [{ field: 'command', expected: 'nothing: only a run in a thread can be gone on with' }];
  throw new LuminaError('LUM_VALIDATION_FAILED', 'command: name the thread that waits', { fields });
}

function readBatch(body: unknown): readonly unknown[] {
  if (Array.isArray(body) && body.length > 0 && body.length <= maxBatch) return body as readonly unknown[];
  const expected = `a list of 1 to ${maxBatch} runs`;
  throw new LuminaError('LUM_VALIDATION_FAILED', `The body must be ${expected}.`, {
    fields: [{ field: '', expected }],
  });
}

function nothingNamed(): LuminaError {
  const fields = [{ field: 'run_ids', expected: 'the runs to cancel, or a status' }];
  return new LuminaError('LUM_VALIDATION_FAILED', 'Name run_ids or a status.', { fields });
}
