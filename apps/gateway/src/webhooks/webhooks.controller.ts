import { LuminaError } from '@lumina/contracts';
import type { EndedRuns, RunStore } from '@lumina/store';
import { Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { ownRun } from '../langgraph/ownership';
import { ENDED_RUNS, STORE, WEBHOOK_SECRET } from '../tokens';
import { tenantSecret } from './webhook-signature';

const maxShown = 100;

@ApiTags('Webhooks')
@ApiSecurity('x-api-key')
@Controller('webhooks')
export class WebhooksController {
  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(ENDED_RUNS) private readonly endedRuns: EndedRuns,
    @Inject(WEBHOOK_SECRET) private readonly secret: () => string,
  ) {}

  @Get('secret')
  @NeedsScope('runs:write')
  @ApiOperation({ summary: "The secret with which calls of the tenant's webhooks are signed" })
  show(@CallerOf() { tenant }: Caller): unknown {
    return { secret: tenantSecret(this.secret(), tenant) };
  }

  @Get('dead-letters')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'Calls that were given up, newest first' })
  async dead(@CallerOf() { tenant }: Caller): Promise<unknown> {
    const letters = await this.endedRuns.dead(tenant, maxShown);
    return letters.map((letter) => JSON.parse(letter) as unknown);
  }

  @Post('dead-letters/:run/redeliver')
  @HttpCode(202)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: "Call a run's webhook again, from the first attempt on" })
  async redeliver(@Param('run') run: string, @CallerOf() { tenant }: Caller): Promise<unknown> {
    const { after, status } = await ownRun(this.store, { run }, tenant);
    const isOver = status !== 'queued' && status !== 'running';
    if (after?.webhook === undefined || !isOver) throw nothingToTell(run);
    await this.endedRuns.again(run);
    return { run_id: run };
  }
}

function nothingToTell(run: string): LuminaError {
  const expected = 'a run that has ended and has a webhook';
  return new LuminaError('LUM_VALIDATION_FAILED', `Run ${run} has nothing to tell: expected ${expected}.`, {
    fields: [{ field: 'run', expected }],
  });
}
