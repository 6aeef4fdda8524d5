import type { RunState } from '@lumina/agent';
import { approvalDecisions } from '@lumina/contracts';
import type { Interventions, RunStore } from '@lumina/store';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiProperty, ApiPropertyOptional, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString } from 'class-validator';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { INTERVENTIONS, STORE } from '../tokens';
import { DecisionBody, ownFamily, ownMember } from './decision';
import { members } from './family';

const decisions = approvalDecisions.filter((decision) => decision !== 'expire');

export class ApprovalBody extends DecisionBody {
  @ApiProperty({ example: 'ask:1.0', description: 'Which proposal, as the list of approvals names it.' })
  @IsString({ message: 'the name of a proposal, for example ask:1.0' })
  item!: string;

  @ApiProperty({ enum: decisions })
  @IsIn(decisions, { message: `one of ${decisions.join(', ')}` })
  decision!: (typeof decisions)[number];

  @ApiPropertyOptional({
    description: 'Digest of the arguments that you saw: with others the decision is refused.',
  })
  @IsOptional()
  @IsString({ message: 'the digest that the list of approvals gave' })
  args_digest?: string;

  @ApiPropertyOptional({ type: Object, description: 'The new arguments of an edit.' })
  @IsOptional()
  @IsObject({ message: 'an object' })
  args?: Record<string, unknown>;
}

@ApiTags('Operations')
@ApiSecurity('x-api-key')
@Controller('runs/:run/approvals')
export class ApprovalsController {
  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(INTERVENTIONS) private readonly interventions: Interventions,
  ) {}

  @Get()
  @NeedsScope('runs:read')
  @ApiOperation({ summary: "The tool calls of a run, and of its subagents' runs, that wait for a person" })
  async list(@Param('run') run: string, @CallerOf() { tenant }: Caller): Promise<unknown> {
    return members(await ownFamily(this.store, run, tenant)).flatMap(proposalsOf);
  }

  @Post()
  @HttpCode(202)
  @NeedsScope('approve')
  @ApiOperation({ summary: 'Decide about a tool call' })
  async decide(
    @Param('run') run: string,
    @Body() body: ApprovalBody,
    @CallerOf() { tenant, name }: Caller,
  ): Promise<unknown> {
    const of = await ownMember(this.store, { run, tenant }, body);
    const { item, decision, args_digest: argsDigest, args, reason } = body;
    await this.interventions.answer(of, [{ item, decision, by: name, argsDigest, args, reason }]);
    return { run_id: of, item, decision };
  }
}

function proposalsOf({ run, phase }: RunState): readonly unknown[] {
  const pending = phase.name === 'acting' ? phase.unanswered : [];
  return pending.flatMap(({ call, asked }) => {
    if (asked === undefined) return [];
    const { item, why, argsDigest: args_digest, at, expiresAt } = asked;
    const times = { asked_at: new Date(at).toISOString(), expires_at: new Date(expiresAt).toISOString() };
    return [{ run_id: run, item, tool: call.name, args: call.args, args_digest, why, ...times }];
  });
}
