/** What became of many runs that together wanted more than a budget allows; amounts in calls. */
export interface BudgetAccount {
  readonly runs: number;
  readonly allowed: number;
  readonly answered: number;
  /** Ended because the budget was used up, or not begun for that reason. */
  readonly exhausted: number;
  /** How each other run ended. */
  readonly others: readonly string[];
  /** How often the model was asked: what its provider would bill. */
  readonly asked: number;
  readonly spent: number;
  /** What was held when something was broken; undefined: nothing was. */
  readonly heldThen: number | undefined;
  /** In the end. */
  readonly held: number;
  readonly holds: number;
}

/** What a sum of floating-point prices may be off. */
const rounding = 1e-6;

/** What is wrong with it, in words; undefined: nothing. */
export function budgetFault(account: BudgetAccount): string | undefined {
  const { runs, allowed, answered, exhausted, others, asked, spent, heldThen, held, holds } = account;
  if (heldThen === 0) return 'nothing was held when it was broken, so nothing was proved';
  if (others.length > 0) return `${others.length} runs ended otherwise, the first: ${others[0] ?? ''}`;
  if (answered + exhausted !== runs) return `${runs - answered - exhausted} runs are not accounted for`;
  if (spent > allowed + rounding) return `${spent} calls were spent, and ${allowed} allowed`;
  if (asked > allowed) return `the model was asked ${asked} times, and ${allowed} calls were allowed`;
  if (asked > spent + rounding)
    return `the model was asked ${asked} times, and ${spent} calls are accounted for`;
  if (answered > asked) return `${answered} runs were answered, and the model was asked ${asked} times`;
  if (held > rounding || holds > 0) return `${holds} reservations are left, of ${held} calls`;
  if (heldThen === undefined && answered !== allowed)
    return `${answered} runs were answered, though nothing was broken and ${allowed} calls were allowed`;
  return undefined;
}

export function budgetDetail(account: BudgetAccount): string {
  const { runs, allowed, answered, exhausted, asked, spent, heldThen, holds } = account;
  const then = heldThen === undefined ? '' : `; ${Math.round(heldThen)} held when it was broken`;
  return (
    `${runs} runs, ${allowed} calls allowed: ${answered} answered, ${exhausted} refused, model asked ${asked} times, ` +
    `${Math.round(spent)} spent, ${holds} reservations left${then}`
  );
}
