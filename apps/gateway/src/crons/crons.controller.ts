import type { CronRecord, RunStore } from '@lumina/store';
import { Body, Controller, Delete, HttpCode, Inject, Param, Patch, Post } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { contains } from '../langgraph/containment';
import { ownThread } from '../langgraph/ownership';
import { ApiIdempotencyKey, IdempotencyKeyOf } from '../langgraph/run-target';
import type { MadeOnce } from '../runs/made-once';
import { CRONS, MADE_ONCE, STORE } from '../tokens';
import { CreateCronBody, SearchCronsBody, UpdateCronBody } from './cron-bodies';
import type { CronSettings, Crons, ShownCron } from './crons';

@ApiTags('LangGraph: crons')
@ApiSecurity('x-api-key')
@Controller()
export class CronsController {
  constructor(
    @Inject(STORE) private readonly store: RunStore,
    @Inject(CRONS) private readonly crons: Crons,
    @Inject(MADE_ONCE) private readonly madeOnce: MadeOnce,
  ) {}

  @Post('runs/crons')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiIdempotencyKey('The same key makes one schedule.')
  @ApiOperation({ summary: 'Start runs by a schedule, each in a thread of its own' })
  async create(
    @Body() body: CreateCronBody,
    @CallerOf() { tenant }: Caller,
    @IdempotencyKeyOf() idempotencyKey: string | undefined,
  ): Promise<unknown> {
    const id = await this.madeOnce.nameOf({ kind: 'cron', tenant, idempotencyKey, request: body });
    return cronView(await this.crons.create({ id, tenant }, body.assistant_id, settingsIn(body)));
  }

  @Post('threads/:thread/runs/crons')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiIdempotencyKey('The same key makes one schedule.')
  @ApiOperation({ summary: 'Start runs by a schedule in a thread' })
  async createForThread(
    @Param('thread') thread: string,
    @Body() body: CreateCronBody,
    @CallerOf() { tenant }: Caller,
    @IdempotencyKeyOf() idempotencyKey: string | undefined,
  ): Promise<unknown> {
    await ownThread(this.store, thread, tenant);
    const request = { thread, body };
    const id = await this.madeOnce.nameOf({ kind: 'cron', tenant, idempotencyKey, request });
    const settings = { ...settingsIn(body), thread };
    return cronView(await this.crons.create({ id, tenant }, body.assistant_id, settings));
  }

  @Post('runs/crons/search')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'Schedules, newest first' })
  async search(@Body() body: SearchCronsBody, @CallerOf() { tenant }: Caller): Promise<unknown> {
    const { limit = 10, offset = 0 } = body;
    const found = await this.matching(tenant, body);
    const page = found.slice(offset, offset + limit);
    return Promise.all(page.map(async (record) => cronView(await this.crons.shown(record))));
  }

  @Post('runs/crons/count')
  @HttpCode(200)
  @NeedsScope('runs:read')
  @ApiOperation({ summary: 'How many schedules there are' })
  async count(@Body() body: SearchCronsBody, @CallerOf() { tenant }: Caller): Promise<number> {
    return (await this.matching(tenant, body)).length;
  }

  @Patch('runs/crons/:cron')
  @HttpCode(200)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Change a schedule, or switch it on or off' })
  async update(
    @Param('cron') id: string,
    @Body() body: UpdateCronBody,
    @CallerOf() { tenant }: Caller,
  ): Promise<unknown> {
    const record = await this.crons.own(id, tenant);
    return cronView(await this.crons.change(record, changesIn(body, record)));
  }

  @Delete('runs/crons/:cron')
  @HttpCode(204)
  @NeedsScope('runs:write')
  @ApiOperation({ summary: 'Remove a schedule; runs that it started go on' })
  async remove(@Param('cron') id: string, @CallerOf() { tenant }: Caller): Promise<void> {
    await this.crons.remove(await this.crons.own(id, tenant));
  }

  private async matching(tenant: string, body: SearchCronsBody): Promise<readonly CronRecord[]> {
    const { assistant_id: assistant, thread_id: thread, enabled, metadata = {} } = body;
    return (await this.crons.list(tenant)).filter(
      (record) =>
        (assistant === undefined || assistant === record.assistantId || assistant === record.agent) &&
        (thread === undefined || thread === record.thread) &&
        (enabled === undefined || enabled === record.isEnabled) &&
        contains(record.metadata, metadata),
    );
  }
}

function settingsIn(body: CreateCronBody): CronSettings {
  const { schedule, enabled = true, on_run_completed: onRunCompleted = 'delete', metadata = {} } = body;
  const { timezone, end_time: end } = body;
  return {
    ...{ schedule, isEnabled: enabled, onRunCompleted, metadata },
    payload: payloadIn(body, onRunCompleted),
    ...(timezone === undefined ? {} : { timezone }),
    ...(end === undefined ? {} : { endMs: Date.parse(end) }),
  };
}

function changesIn(body: UpdateCronBody, { payload, onRunCompleted }: CronRecord): Partial<CronSettings> {
  const { schedule, enabled, metadata, timezone, end_time: end, on_run_completed: completed } = body;
  return {
    payload: { ...payload, ...payloadIn(body, completed ?? onRunCompleted) },
    ...(schedule === undefined ? {} : { schedule }),
    ...(enabled === undefined ? {} : { isEnabled: enabled }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(end === undefined ? {} : { endMs: Date.parse(end) }),
    ...(completed === undefined ? {} : { onRunCompleted: completed }),
  };
}

/** What the schedule's runs are created with. */
function payloadIn(body: UpdateCronBody, completed: 'delete' | 'keep'): Record<string, unknown> {
  const { input, metadata, webhook, multitask_strategy, stream_mode } = body;
  const given = { input, metadata, webhook, multitask_strategy, stream_mode };
  const kept = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(kept), on_completion: completed };
}

const iso = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

const cronView = ({ record, nextMs }: ShownCron) => ({
  cron_id: record.id,
  assistant_id: record.assistantId,
  thread_id: record.thread ?? null,
  on_run_completed: record.onRunCompleted,
  schedule: record.schedule,
  timezone: record.timezone ?? null,
  end_time: iso(record.endMs),
  enabled: record.isEnabled,
  next_run_date: iso(nextMs),
  created_at: iso(record.createdMs),
  updated_at: iso(record.updatedMs),
  user_id: null,
  metadata: record.metadata,
  payload: { assistant_id: record.assistantId, ...record.payload },
});
