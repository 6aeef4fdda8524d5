import type { RunState } from '@lumina/agent';
import type { Interventions, RunStore } from '@lumina/store';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiPropertyOptional, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { IsIn, IsNumber, IsOptional, IsString } from 'class-validator';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { INTERVENTIONS, STORE } from '../tokens';
import { DecisionBody, ownFamily, ownMember } from './decision';
import { members } from './family';

const decisions = ['grant', 'reject'] as const;

export class BudgetBody extends DecisionBody {
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
    summary:
      'What a run has used and may use, and the questions of it and its subagents that wait for a person',
  })
  async show(@Param('run') run: string, @CallerOf() { tenant }: Caller): Promise<unknown> {
    const family = await ownFamily(this.store, run, tenant);
    const { totals, limits } = family.state;
    return {
      used: { tokens: totals.tokens, costUsd: totals.costUsd },
      allowed: { tokens: limits?.tokens ?? null, costUsd: limits?.costUsd ?? null },
      waiting: members(family).flatMap(questionOf),
    };
  }

  @Post()
  @HttpCode(202)
  @NeedsScope('approve')
  @ApiOperation({ summary: 'Grant a run more of what it has used up, or refuse' })
  async decide(
    @Param('run') run: string,
    @Body() body: BudgetBody,
    @CallerOf() { tenant, name, scopes }: Caller,
  ): Promise<unknown> {
    const of = await ownMember(this.store, { run, tenant }, body);
    const { item, decision, more, reason } = body;
    await this.interventions.answerBudget(of, {
      ...{ item, decision, by: name, more, reason },
      mayGrantWide: scopes.has('budgets'),
    });
    return { run_id: of, item, decision };
  }
}

function questionOf({ run, phase }: RunState): readonly unknown[] {
  if (phase.name !== 'waiting') return [];
  const { item, scope, amount, used, allowed, at, expiresAt, wide } = phase.asked;
  const times = { asked_at: new Date(at).toISOString(), expires_at: new Date(expiresAt).toISOString() };
  const turns = wide?.resetsAt === undefined ? {} : { resets_at: new Date(wide.resetsAt).toISOString() };
  const of = wide === undefined ? {} : { name: wide.name, period: wide.period, ...turns };
  return [{ run_id: run, item, scope, amount, used, allowed, ...times, ...of }];
}
