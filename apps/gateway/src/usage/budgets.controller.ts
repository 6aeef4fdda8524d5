import { everyName } from '@lumina/contracts';
import type { BudgetStanding, LedgerBudget, SpendingReport } from '@lumina/store';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/api-keys';
import { CallerOf, NeedsScope } from '../auth/auth.guard';
import { SPENDING } from '../tokens';

/** What the gateway knows of budgets over many runs. */
export interface Spending {
  readonly report: SpendingReport;
  readonly budgets: readonly LedgerBudget[];
  /** The agents of this deployment. */
  readonly agents: readonly string[];
}

const warningsShown = 100;

@ApiTags('Operations')
@ApiSecurity('x-api-key')
@Controller('budgets')
export class BudgetsController {
  constructor(@Inject(SPENDING) private readonly spending: Spending) {}

  @Get()
  @NeedsScope('runs:read')
  @ApiOperation({
    summary: "The budgets over many runs that count this tenant's calls, and the newest warnings",
  })
  async show(@CallerOf() { tenant }: Caller): Promise<unknown> {
    const { report, budgets, agents } = this.spending;
    const own = budgets.flatMap((budget) => namedFor(budget, tenant, agents));
    const [standings, warnings] = await Promise.all([
      report.standings(own, Date.now()),
      report.warnings(warningsShown),
    ]);
    const isShown = ({ scope, name }: { readonly scope: string; readonly name: string }): boolean =>
      scope === 'tenant' ? name === tenant : scope !== 'thread';
    return {
      budgets: standings.map(budgetView),
      warnings: warnings.filter(isShown).map(({ atMs, ...warning }) => {
        const { scope, name, period, amount, percent } = warning;
        return { at: new Date(atMs).toISOString(), scope, name, period, amount, percent };
      }),
    };
  }
}

/** A budget of each thread has no list of threads; of each model, none of models. */
function namedFor(budget: LedgerBudget, tenant: string, agents: readonly string[]): readonly LedgerBudget[] {
  const { scope, name, except = [] } = budget;
  if (name !== everyName) return scope !== 'tenant' || name === tenant ? [budget] : [];
  const names = scope === 'tenant' ? [tenant] : scope === 'agent' ? agents : [];
  return names.filter((one) => !except.includes(one)).map((one) => ({ ...budget, name: one }));
}

/** What all tenants spend together is told only as far as it holds this one back. */
function budgetView({ scope, name, period, onLimit, resetsAtMs, costUsd, tokens }: BudgetStanding) {
  const view = (amount: BudgetStanding['costUsd']) => {
    if (amount === undefined) return undefined;
    const { spent, held, allowed } = amount;
    return scope === 'tenant' ? { spent, held, allowed } : { allowed, is_spent: spent >= allowed };
  };
  return {
    ...{ scope, name, period, on_limit: onLimit },
    resets_at: resetsAtMs === undefined ? null : new Date(resetsAtMs).toISOString(),
    ...{ cost_usd: view(costUsd), tokens: view(tokens) },
  };
}
