import { foldRun } from '@lumina/agent';
import type { RunStore } from '@lumina/store';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiPropertyOptional, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { IsIn, IsNumber, IsOptional, IsString, MaxLength } from 'class-validator';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { ownRun } from '../langgraph/ownership';
import { INTERVENTIONS, STORE } from '../tokens';
import type { Interventions } from './interventions';

const decisions = ['grant', 'reject'] as const;

export class BudgetBody {
  @ApiProperty({ example: 'budget:4', description: 'Which question, as the budget names it.' })
  @IsString({ message: 'the name of a question, for example budget:4' })
  item!: string;

  @ApiProperty({ enum: decisions })
  @IsIn(decisions, { message: `one of ${decisions.join(', ')}` })
  decision!: (typeof decisions)[number];

  @ApiPropertyOptional({
    example: 2.5,
    description: 'Of a grant: how much more, in the unit of what ran out.',
  })
  @IsOptional()
  @IsNumber({}, { message: 'a number' })
  more?: number;

  @ApiPropertyOptional()
  @IsOptional()
  @IsString({ message: 'text' })
  @MaxLength(2_000, { message: 'at most 2000 characters' })
  reason?: string;
}

@ApiTags('Operations')
@ApiSecurity('x-api-key')
@Controller('runs/:run/budget')
export class BudgetController {
  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(INTERVENTIONS) private readonly interventions: Interventions,
  ) {}

  @Get()
  @NeedsScope('runs:read')
  @ApiOperation({
    summary: 'What a run has used and may use, and the question that waits for a person, if one does',
  })
  async show(@Param('run') run: string, @CallerOf() { tenant }: Caller): Promise<unknown> {
    const { thread } = await ownRun(this.store, { run }, tenant);
    const { phase, totals, limits } = foldRun(run, await this.store.journal(thread));
    const state = {
      used: { tokens: totals.tokens, costUsd: totals.costUsd },
      allowed: { tokens: limits?.tokens ?? null, costUsd: limits?.costUsd ?? null },
    };
    if (phase.name !== 'waiting') return { ...state, waiting: null };
    const { item, scope, amount, used, allowed, at, expiresAt } = phase.asked;
    const times = { asked_at: new Date(at).toISOString(), expires_at: new Date(expiresAt).toISOString() };
    return { ...state, waiting: { item, scope, amount, used, allowed, ...times } };
  }

  @Post()
  @HttpCode(202)
  @NeedsScope('approve')
  @ApiOperation({ summary: 'Grant a run more of what it has used up, or refuse' })
  async decide(
    @Param('run') run: string,
    @Body() body: BudgetBody,
    @CallerOf() { tenant, name }: Caller,
  ): Promise<unknown> {
    await ownRun(this.store, { run }, tenant);
    const { item, decision, more, reason } = body;
    await this.interventions.answerBudget(run, { item, decision, by: name, more, reason });
    return { run_id: run, item, decision };
  }
}
