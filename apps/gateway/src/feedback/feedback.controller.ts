import { createHash } from 'node:crypto';
import { LuminaError } from '@lumina/contracts';
import type { RunStore } from '@lumina/store';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiPropertyOptional, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { ownRun } from '../langgraph/ownership';
import { ApiIdempotencyKey, type RunTarget, RunTargetOf } from '../langgraph/run-target';
import { measureFeedback } from '../metrics';
import type { MadeOnce } from '../runs/made-once';
import { DEFINITIONS, MADE_ONCE, STORE } from '../tokens';
import { type Feedback, feedbackCategories, feedbackOf, modelsIn } from './feedback';

export class FeedbackBody {
  @ApiProperty({ minimum: 1, maximum: 5, example: 5, description: '1: poor, to 5: excellent.' })
  @IsInt({ message: 'a whole number' })
  @Min(1, { message: 'at least 1' })
  @Max(5, { message: 'at most 5' })
  score!: number;

  @ApiPropertyOptional({ enum: feedbackCategories, default: 'overall' })
  @IsOptional()
  @IsIn(feedbackCategories, { message: `one of ${feedbackCategories.join(', ')}` })
  category?: (typeof feedbackCategories)[number];

  @ApiPropertyOptional({ maxLength: 2_000 })
  @IsOptional()
  @IsString({ message: 'text' })
  @MaxLength(2_000, { message: 'at most 2000 characters' })
  comment?: string;
}

interface Definitions {
  get(digest: string): Promise<{ readonly instructions: string }>;
}

@ApiTags('Operations')
@ApiSecurity('x-api-key')
@Controller('threads/:thread/runs/:run/feedback')
export class FeedbackController {
  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(DEFINITIONS) private readonly agents: Definitions,
    @Inject(MADE_ONCE) private readonly madeOnce: MadeOnce,
  ) {}

  @Get()
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'What people thought of a run' })
  async list(
    @Param('thread') thread: string,
    @Param('run') run: string,
    @CallerOf() { tenant }: Caller,
  ): Promise<unknown> {
    const { ratings } = await ownRun(this.store, { run, thread }, tenant);
    return { feedback: feedbackOf(ratings) };
  }

  @Post()
  @HttpCode(201)
  @NeedsScope('runs:write')
  @ApiIdempotencyKey('The same key gives it once.')
  @ApiOperation({ summary: 'Say what you think of a run; kept with it' })
  async give(@RunTargetOf() target: RunTarget, @Body() body: FeedbackBody): Promise<Feedback> {
    const { run, thread, caller, idempotencyKey } = target;
    const snapshot = await ownRun(this.store, { run, thread }, caller.tenant);
    const request = { run, body };
    const id = await this.madeOnce.nameOf({
      ...{ kind: 'feedback', tenant: caller.tenant, idempotencyKey, request },
    });
    const given = feedbackOf(snapshot.ratings).find(({ feedback_id: known }) => known === id);
    if (given !== undefined) return given;
    const [{ instructions }, journal] = await Promise.all([
      this.agents.get(snapshot.agentDigest),
      this.store.journal(thread),
    ]);
    const { score, category = 'overall', comment } = body;
    const feedback: Feedback = {
      ...{ feedback_id: id, at: new Date().toISOString(), score, category },
      ...(comment === undefined ? {} : { comment }),
      ...{ by: caller.name, agent: snapshot.agent, agent_version: snapshot.agentDigest },
      prompt_digest: createHash('sha256').update(instructions).digest('hex'),
      models: [...modelsIn(run, journal)],
    };
    const { tenant } = caller;
    const outcome = await this.store.rate({
      ...{ run, tenant, name: feedback.feedback_id, json: JSON.stringify(feedback) },
    });
    if (outcome === 'full')
      throw new LuminaError('LUM_FEEDBACK_FULL', `Run ${run} has as much feedback as is kept of one.`);
    if (outcome === 'missing') throw new LuminaError('LUM_RUN_NOT_FOUND', `Run with ID ${run} not found`);
    measureFeedback(category, score);
    return feedback;
  }
}
