import { LuminaError } from '@lumina/contracts';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { SPENDING } from '../tokens';
import type { Spending } from './budgets.controller';
import { type UsageDimension, dayOf, daysBetween, totalOf, usageBy, usageDimensions } from './usage';

const dayMs = 86_400_000;
const daysByDefault = 30;
const mostDays = 400;
const byDefault: readonly UsageDimension[] = ['day', 'agent', 'model'];

@ApiTags('Operations')
@ApiSecurity('x-api-key')
@Controller('usage')
export class UsageController {
  constructor(@Inject(SPENDING) private readonly spending: Spending) {}

  @Get()
  @NeedsScope('runs:read')
  @ApiOperation({ summary: "What the tenant's calls of models came to, by agent, model and day" })
  @ApiQuery({ name: 'from', required: false, description: 'First day, YYYY-MM-DD (UTC); 30 days ago.' })
  @ApiQuery({ name: 'to', required: false, description: 'Last day; today.' })
  @ApiQuery({
    name: 'by',
    required: false,
    description: `What the rows are by, in order, with commas between: ${usageDimensions.join(', ')}.`,
    example: 'day,model',
  })
  async show(
    @CallerOf() { tenant }: Caller,
    @Query('from') from: string | undefined,
    @Query('to') to: string | undefined,
    @Query('by') by: string | undefined,
  ): Promise<unknown> {
    const last = readDay('to', to) ?? dayOf(Date.now());
    const first = readDay('from', from) ?? dayOf(Date.parse(last) - (daysByDefault - 1) * dayMs);
    const days = daysBetween(first, last);
    if (days.length === 0 || days.length > mostDays)
      throw invalid('from', `a day at most ${mostDays - 1} days before, and not after, to (${last})`);
    const rows = await this.spending.report.usage(tenant, days);
    return {
      ...{ tenant, from: first, to: last, total: totalOf(rows) },
      rows: usageBy(rows, readDimensions(by), tenant),
    };
  }
}

function readDay(name: string, text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
  if (isDay && dayOf(Date.parse(text)) === text) return text;
  throw invalid(name, 'a day as YYYY-MM-DD');
}

function readDimensions(text: string | undefined): readonly UsageDimension[] {
  if (text === undefined || text === '') return byDefault;
  return text.split(',').map((name) => {
    const dimension = usageDimensions.find((one) => one === name.trim());
    if (dimension !== undefined) return dimension;
    throw invalid('by', `some of ${usageDimensions.join(', ')}, with commas between`);
  });
}

const invalid = (field: string, expected: string): LuminaError =>
  new LuminaError('LUM_VALIDATION_FAILED', `${field} must be ${expected}.`, {
    fields: [{ field, expected }],
  });
