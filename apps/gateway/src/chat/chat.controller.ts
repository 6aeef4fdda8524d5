import { type ErrorCode, LuminaError, isErrorCode } from '@lumina/contracts';
import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiPropertyOptional, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { IsNotEmpty, IsOptional, IsString, IsUUID, MaxLength } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf, NeedsScope } from '../auth/auth.guard';
import { Client } from '../client-signal';
import { ApiIdempotencyKey, idempotencyKeyOf } from '../langgraph/run-target';
import type { ChatEnding } from '../langgraph/chat-ending';
import type { RunStreams } from '../langgraph/run-stream';
import type { RunIntake } from '../runs/run-intake';
import { INTAKE, STREAMS } from '../tokens';

export class ChatBody {
  @ApiProperty({ example: 'Which files mention Redis?' })
  @IsString({ message: 'text' })
  @IsNotEmpty({ message: 'text that is not empty' })
  message!: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Continues a conversation; otherwise a new one begins.',
  })
  @IsOptional()
  @IsUUID('all', { message: 'a UUID' })
  thread_id?: string;

  @ApiPropertyOptional({ description: 'An agent, by name or id. Otherwise the default agent.' })
  @IsOptional()
  @IsString({ message: "an agent's name or id" })
  @MaxLength(128, { message: 'at most 128 characters' })
  agent?: string;
}

export class ChatAnswer {
  @ApiProperty({ format: 'uuid' })
  thread_id!: string;

  @ApiProperty({ format: 'uuid' })
  run_id!: string;

  @ApiProperty()
  agent!: string;

  @ApiProperty({ description: "The agent's answer." })
  answer!: string;
}

@ApiTags('Chat')
@ApiSecurity('x-api-key')
@Controller('chat')
export class ChatController {
  constructor(
    @Inject(INTAKE) private readonly intake: RunIntake,
    @Inject(STREAMS) private readonly streams: RunStreams,
  ) {}

  @Post()
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiIdempotencyKey('The same key makes one run.')
  @ApiOperation({ summary: 'The simplest call: a message in, the answer out' })
  async chat(
    @Body() body: ChatBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChatAnswer> {
    const { tenant, name, user = name } = callerOf(request);
    const planned = this.intake.plan({
      tenant,
      user,
      agent: body.agent,
      thread: body.thread_id,
      input: [{ id: undefined, text: body.message }],
      ifThreadMissing: 'create',
      ifThreadBusy: 'enqueue',
      metadata: {},
      idempotencyKey: idempotencyKeyOf(request),
    });
    const expectation = this.streams.expect(planned.created.run);
    try {
      const { run, thread, agent, isNew } = await this.intake.accept(planned);
      const client = new Client(reply);
      const ending = await this.streams.ending({ run, thread }, client, isNew ? expectation : undefined);
      const answer = answerOf(ending, run);
      return { thread_id: thread, run_id: run, agent: agent.definition.name, answer };
    } finally {
      expectation.leave();
    }
  }
}

function answerOf(ending: ChatEnding, run: string): string {
  if (ending.kind === 'succeeded') return ending.answer;
  if (ending.kind === 'left')
    throw new LuminaError('LUM_BAD_REQUEST', 'The client left before the answer was there.');
  if (ending.kind === 'interrupted' && ending.by === 'budget') {
    const message = `The run has used up its budget and waits for more: GET and POST /runs/${run}/budget.`;
    throw new LuminaError('LUM_BUDGET_NEEDED', message);
  }
  if (ending.kind === 'interrupted') {
    const message = `A tool call waits for a person's decision: GET and POST /runs/${run}/approvals.`;
    throw new LuminaError('LUM_APPROVAL_NEEDED', message);
  }
  const { code, message } = ending.failure;
  const known: ErrorCode = isErrorCode(code) ? code : 'LUM_INTERNAL';
  throw new LuminaError(known, `${message} (run ${run})`);
}
