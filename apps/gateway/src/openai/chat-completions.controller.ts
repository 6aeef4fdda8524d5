import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NeedsScope, callerOf } from '../auth/auth.guard';
import { clientSignal } from '../client-signal';
import { idempotencyKeyOf } from '../langgraph/run-target';
import type { RunIntake } from '../runs/run-intake';
import type { RunWatch } from '../runs/run-watch';
import { Streams } from '../throttle/route-class';
import { INTAKE, RUNS } from '../tokens';
import { CreateChatCompletionBody, streamOptionsSchema } from './chat-body';
import { chatRequest } from './chat-request';
import { ChatWatch } from './chat-watch';
import { EventReply } from './event-reply';
import { placeHeaders } from './place-headers';

@ApiTags('OpenAI: chat completions')
@ApiSecurity('bearer')
@Controller('v1/chat/completions')
export class ChatCompletionsController {
  private readonly watch: ChatWatch;

  constructor(
    @Inject(INTAKE) private readonly intake: RunIntake,
    @Inject(RUNS) private readonly runs: RunWatch,
  ) {
    this.watch = new ChatWatch(runs);
  }

  @Post()
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same key makes one run.' })
  @Streams('asked')
  @ApiOperation({ summary: 'The next message of a conversation that the client keeps' })
  async create(
    @Body() body: CreateChatCompletionBody,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const asker = { caller: callerOf(request), idempotencyKey: idempotencyKeyOf(request) };
    const planned = this.intake.plan(chatRequest(body, asker));
    const { run, thread, accepted } = planned.created;
    const place = { run, thread };
    const waiting = this.runs.expect(run, body.stream === true ? 'each' : 'outcome');
    try {
      const { isNew } = await this.intake.accept(planned);
      const expectation = isNew ? waiting : undefined;
      const head = { model: body.model ?? accepted.agent, createdMs: accepted.at };
      if (body.stream === true) {
        const isUsageWanted = streamOptionsSchema.parse(body.stream_options ?? {}).include_usage === true;
        const events = new EventReply(reply, placeHeaders(place));
        return await this.watch.stream(events, place, { head, isUsageWanted, expectation });
      }
      const signal = clientSignal(reply);
      const completion = await this.watch.completion(place, { head, signal, expectation });
      void reply.headers(placeHeaders(place)).send(completion);
    } finally {
      waiting.leave();
    }
  }
}
