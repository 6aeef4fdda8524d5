import { foldRun } from '@lumina/agent';
import type { RunStore } from '@lumina/store';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { ownRun } from '../langgraph/ownership';
import { familyOf } from '../interventions/family';
import { STORE } from '../tokens';
import { type Explanation, explain } from './explanation';

@ApiTags('Operations')
@ApiSecurity('x-api-key')
@Controller('runs')
export class ExplainController {
  constructor(@Inject(STORE) private readonly store: RunStore) {}

  @Get(':run/explain')
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'Why a run is where it is, and what to do' })
  async explain(@Param('run') run: string, @CallerOf() { tenant }: Caller): Promise<Explanation> {
    const snapshot = await ownRun(this.store, { run }, tenant);
    const [journal, thread] = await Promise.all([
      this.store.journal(snapshot.thread),
      this.store.thread(snapshot.thread),
    ]);
    const { children } = await familyOf(this.store, foldRun(run, journal));
    return explain(snapshot, journal, { nowMs: Date.now(), activeRun: thread?.activeRun, children });
  }
}
