import { LuminaError } from '@lumina/contracts';
import type { RunSnapshot, RunStore } from '@lumina/store';
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiProduces, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { type RunTarget, RunTargetOf } from './run-target';
import { readRunInput } from '../bodies/run-input';
import type { AcceptedRun, RunIntake } from '../runs/run-intake';
import { INTAKE, STORE, STREAMS } from '../tokens';
import { CreateRunBody, modesOf } from './bodies';
import { beginning, readCursor } from './cursor';
import { ownRun, ownThread } from './ownership';
import { type StreamMode, streamModes } from './projection';
import type { RunStreams } from './run-stream';
import { SseReply } from './sse-reply';
import { runView } from './thread-state';

const idempotency = { name: 'Idempotency-Key', required: false, description: 'The same key makes one run.' };

@ApiTags('LangGraph: runs')
@ApiSecurity('x-api-key')
@Controller('threads/:thread/runs')
export class RunsController {
  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(INTAKE) private readonly intake: RunIntake,
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
    const accepted = await this.accept(target, body);
    reply.headers(locationsOf(accepted));
    return runView(await this.snapshot(accepted));
  }

  @Post('stream')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiHeader(idempotency)
  @ApiProduces('text/event-stream')
  @ApiOperation({ summary: 'Start a run and watch it' })
  async stream(
    @RunTargetOf() target: RunTarget,
    @Body() body: CreateRunBody,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const accepted = await this.accept(target, body);
    const snapshot = await this.snapshot(accepted);
    const sse = new SseReply(reply, locationsOf(accepted));
    await this.streams.stream(sse, snapshot, { modes: modesOf(body), after: beginning });
  }

  @Post('wait')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiHeader(idempotency)
  @ApiOperation({ summary: 'Start a run and wait for its end' })
  async wait(
    @RunTargetOf() target: RunTarget,
    @Body() body: CreateRunBody,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const accepted = await this.accept(target, body);
    await this.answerAtEnd(reply, await this.snapshot(accepted), locationsOf(accepted));
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
    if (after === undefined || after.seq > snapshot.lastSeq + 1) throw badCursor();
    const view = { modes: joinModes(modes), after };
    await this.streams.stream(new SseReply(reply, {}), snapshot, view);
  }

  private async accept(
    { thread, caller, idempotencyKey }: RunTarget,
    body: CreateRunBody,
  ): Promise<AcceptedRun> {
    if (!isUuid(thread)) throw new LuminaError('LUM_THREAD_NOT_FOUND', `Thread with ID ${thread} not found`);
    const input = readRunInput(body.input);
    return this.intake.accept({
      tenant: caller.tenant,
      agent: body.assistant_id,
      thread,
      input: input.isValid ? input.messages : [],
      ifThreadMissing: body.if_not_exists === 'create' ? 'create' : 'require',
      ifThreadBusy: body.multitask_strategy ?? 'enqueue',
      metadata: body.metadata ?? {},
      idempotencyKey,
    });
  }

  private async snapshot({ run }: AcceptedRun): Promise<RunSnapshot> {
    const snapshot = await this.store.run(run);
    if (snapshot === undefined) throw new LuminaError('LUM_STORE_UNAVAILABLE', 'The run store lost the run.');
    return snapshot;
  }

  /** White space keeps the connection alive until the answer is there; JSON does not mind it. */
  private async answerAtEnd(
    reply: FastifyReply,
    run: RunSnapshot,
    headers: Record<string, string>,
  ): Promise<void> {
    const gone = new AbortController();
    reply.hijack();
    reply.raw.on('close', () => gone.abort());
    reply.raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8', ...headers });
    const outcome = await this.streams.outcome(run, gone.signal, () => reply.raw.write('\n'));
    reply.raw.end(JSON.stringify(outcome));
  }
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** The SDK reads the run's id from one, and knows from the other that it may come back. */
function locationsOf({ thread, run }: AcceptedRun): Record<string, string> {
  const path = `/threads/${thread}/runs/${run}`;
  return { 'content-location': path, location: `${path}/stream` };
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
