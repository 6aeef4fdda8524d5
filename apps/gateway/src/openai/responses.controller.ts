import { LuminaError } from '@lumina/contracts';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiQuery, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope, callerOf } from '../auth/auth.guard';
import { clientSignal } from '../client-signal';
import { idempotencyKeyOf } from '../langgraph/run-target';
import type { Expectation } from '../runs/run-feed';
import type { PlannedRun } from '../runs/run-intake';
import type { RunWatch } from '../runs/run-watch';
import { Streams } from '../throttle/route-class';
import { RESPONSES, RUNS } from '../tokens';
import { EventReply } from './event-reply';
import { inputItems, pageOf } from './input-items-view';
import { wholeNumber } from './query';
import { CreateResponseBody } from './response-body';
import type { ResponseRequests } from './response-requests';
import { originOf } from './response-view';
import { ResponseWatch, fromTheBeginning } from './response-watch';
import { placeHeaders } from './place-headers';

const longestStream = 1_000_000_000;
/** A worker that was told to stop may take longer; then the response is shown as it stands. */
const longestCancelMs = 5_000;

@ApiTags('OpenAI: responses')
@ApiSecurity('bearer')
@Controller('v1/responses')
export class ResponsesController {
  private readonly watch: ResponseWatch;

  constructor(
    @Inject(RESPONSES) private readonly requests: ResponseRequests,
    @Inject(RUNS) private readonly runs: RunWatch,
  ) {
    this.watch = new ResponseWatch(runs);
  }

  @Post()
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same key makes one response.' })
  @Streams('asked')
  @ApiOperation({ summary: 'Create a response: an agent works on the input' })
  async create(
    @Body() body: CreateResponseBody,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asker = { caller: callerOf(request), idempotencyKey: idempotencyKeyOf(request) };
    const planned = await this.requests.plan(body, asker);
    if (body.stream !== true && body.background === true) return this.begin(planned, reply);
    const expectation = this.runs.expect(planned.created.run, body.stream === true ? 'each' : 'outcome');
    try {
      const { isNew } = await this.requests.accept(planned);
      await this.show(planned, {
        reply,
        isStream: body.stream === true,
        expectation: isNew ? expectation : undefined,
      });
    } finally {
      expectation.leave();
    }
  }

  @Get(':response')
  @NeedsScope('runs:read')
  @Streams('asked')
  @ApiQuery({
    name: 'stream',
    required: false,
    description: 'true: its events, from the first on or behind a cursor',
  })
  @ApiQuery({
    name: 'starting_after',
    required: false,
    description: 'The sequence_number of the last event that was read',
  })
  @ApiOperation({ summary: 'A response, as it stands or as a stream' })
  async get(
    @Param('response') id: string,
    @Query() { stream, starting_after: startingAfter }: Readonly<Record<string, string | undefined>>,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const range = { min: 0, max: longestStream, absent: fromTheBeginning };
    const after = wholeNumber('starting_after', startingAfter, range);
    const place = await this.requests.own(id, caller);
    if (stream === 'true')
      return this.watch.stream(new EventReply(reply, placeHeaders(place)), place, { after });
    const view = (await this.watch.present(place)).view(originOf(place));
    void reply.headers(placeHeaders(place)).send(view);
  }

  @Get(':response/input_items')
  @NeedsScope('runs:read')
  @ApiQuery({ name: 'order', required: false, enum: ['asc', 'desc'] })
  @ApiQuery({ name: 'limit', required: false, description: '1 to 100; 20 by default' })
  @ApiQuery({ name: 'after', required: false, description: 'The id of the last item of the page before' })
  @ApiOperation({ summary: 'What was sent to create a response' })
  async inputItems(
    @Param('response') id: string,
    @Query() { order, limit, after }: Readonly<Record<string, string | undefined>>,
    @CallerOf() caller: Caller,
  ): Promise<unknown> {
    const page = {
      order: orderOf(order),
      after,
      limit: wholeNumber('limit', limit, { min: 1, max: 100, absent: 20 }),
    };
    return pageOf((await this.requests.inputOf(id, caller)).flatMap(inputItems), page);
  }

  @Post(':response/cancel')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Cancel a response; what it said by then is kept' })
  async cancel(
    @Param('response') id: string,
    @CallerOf() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const place = await this.requests.cancel(id, caller);
    const signal = AbortSignal.any([clientSignal(reply), AbortSignal.timeout(longestCancelMs)]);
    const outcome = await this.watch.outcome(place, { signal });
    void reply.headers(placeHeaders(place)).send(outcome.view(originOf(place)));
  }

  @Delete(':response')
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Delete a response: it is shown no more' })
  async delete(@Param('response') id: string, @CallerOf() caller: Caller): Promise<unknown> {
    await this.requests.delete(id, caller);
    return { id, object: 'response', deleted: true };
  }

  private async begin(planned: PlannedRun, reply: FastifyReply): Promise<void> {
    const { run, thread, accepted } = planned.created;
    await this.requests.accept(planned);
    const view = (await this.watch.present({ run, thread })).view(accepted);
    void reply.headers(placeHeaders({ run, thread })).send(view);
  }

  private async show(
    { created: { run, thread, accepted } }: PlannedRun,
    {
      reply,
      isStream,
      expectation,
    }: { reply: FastifyReply; isStream: boolean; expectation: Expectation | undefined },
  ): Promise<void> {
    const headers = placeHeaders({ run, thread });
    if (isStream) {
      const events = new EventReply(reply, headers);
      return this.watch.stream(events, { run, thread }, { after: fromTheBeginning, expectation });
    }
    const outcome = await this.watch.outcome({ run, thread }, { signal: clientSignal(reply), expectation });
    void reply.headers(headers).send(outcome.view(accepted));
  }
}

function orderOf(order = 'desc'): 'asc' | 'desc' {
  if (order === 'asc' || order === 'desc') return order;
  const fields = [{ field: 'order', expected: 'asc or desc' }];
  throw new LuminaError('LUM_VALIDATION_FAILED', 'order: expected asc or desc', { fields });
}
