import type { BudgetAmount, BudgetShortage, Fact, JournalEntry } from '@lumina/contracts';
import {
  type Allowance,
  type BudgetWarning,
  type Grant,
  type HoldAgainOutcome,
  type LedgerBudget,
  type Reckoning,
  type Spent,
  type Tariff,
  amountOf,
  nanosOf,
  periodAt,
  seamTokens,
} from './ledger';
import type { Run } from './memory-records';
import type { ClaimWants, Commit, NewRun } from './run-store';

/** Amounts in whole units: tokens, or billionths of a dollar. */
interface Counts {
  tokens: number;
  costUsd: number;
}

interface Account {
  readonly name: string;
  readonly key: string;
  readonly endMs: number | undefined;
  readonly spent: Counts;
  readonly held: Counts;
  readonly more: Counts;
  readonly told: Counts;
  /** Whether it has ever counted anything: on Redis there is no other. */
  isWritten: boolean;
}

interface HeldAccount {
  readonly account: Account;
  readonly budget: LedgerBudget;
  /** Of the first request. */
  readonly cost: Counts;
  /** Of the second; each further one costs so much more than the one before. */
  readonly again: Counts;
  readonly growth: Counts;
}

interface Hold {
  readonly accounts: readonly HeldAccount[];
  readonly leftOut: readonly string[];
  /** Further requests that are held for. */
  times: number;
}

export interface Owners {
  readonly tenant: string;
  readonly agent: string;
  readonly thread: string;
}

interface LedgerCall {
  readonly member: string;
  readonly run: string;
  readonly owners: Owners;
  readonly tariff: Tariff;
  readonly journal: readonly JournalEntry[];
  /** Only looks whether there is room. */
  readonly isProbe: boolean;
}

const amounts = ['costUsd', 'tokens'] as const;
const levels = [100, 80, 50] as const;
const none = (): Counts => ({ tokens: 0, costUsd: 0 });

/** The in-memory twin of lua/parts/ledger.lua. */
export class MemoryLedger {
  private readonly accounts = new Map<string, Account>();
  private readonly holds = new Map<string, Hold>();
  readonly tariffs = new Map<string, Tariff>();

  constructor(private readonly nowMs: () => number) {}

  private held(member: string): Allowance | undefined {
    const hold = this.holds.get(member);
    return hold === undefined ? undefined : { kind: 'held', leftOut: hold.leftOut };
  }

  /** What a claim of an item is told. */
  allowance(
    { isCancelled, new: created }: Pick<Run, 'isCancelled' | 'new'>,
    item: string,
    { wants, journal, told }: Pick<LedgerCall, 'journal'> & { wants: ClaimWants; told: BudgetWarning[] },
  ): Allowance {
    const member = `${created.run}|${item}`;
    const held = this.held(member);
    if (held !== undefined) return held;
    if (typeof wants === 'string' || wants.tariffs === '' || isCancelled) return { kind: 'free' };
    const tariff = this.tariffs.get(`${wants.tariffs}|${created.accepted.agentDigest}`);
    if (tariff === undefined) return { kind: 'unpriced' };
    const isProbe = !item.startsWith('step:');
    return this.reserve(
      { member, run: created.run, owners: ownersOf(created), tariff, journal, isProbe },
      told,
    );
  }

  private reserve(call: LedgerCall, told: BudgetWarning[]): Allowance {
    const { tariff } = call;
    const prompt = promptBound(call);
    const prices = new Map(
      tariff.models.map(({ name, input, output }) => [name, Math.ceil(prompt * input + tariff.out * output)]),
    );
    const tokens = prompt + tariff.out;
    const againTokens = prompt + seamTokens + 2 * tariff.out;
    const again = new Map(
      tariff.models.map(({ name, input, output }) => [
        name,
        Math.ceil((againTokens - tariff.out) * input + tariff.out * output),
      ]),
    );
    const growth = new Map(tariff.models.map(({ name, input }) => [name, Math.ceil(tariff.out * input)]));
    const counted = tariff.budgets.flatMap((budget) => {
      const account = this.account(budget, call.owners);
      const of = (each: ReadonlyMap<string, number>): number =>
        budget.scope === 'model' ? (each.get(budget.name) ?? 0) : Math.max(0, ...each.values());
      if (account === undefined) return [];
      return [
        {
          ...{ account, budget, cost: { tokens, costUsd: of(prices) } },
          again: { tokens: againTokens, costUsd: of(again) },
          growth: { tokens: tariff.out, costUsd: of(growth) },
        },
      ];
    });
    if (counted.length === 0) return { kind: 'free' };
    const shortage = this.shortage(counted, tariff, told);
    if ('scope' in shortage) return { kind: 'short', shortage };
    if (call.isProbe) return { kind: 'free' };
    const { leftOut } = shortage;
    const accounts = counted.filter(
      ({ budget }) => budget.scope !== 'model' || !leftOut.includes(budget.name),
    );
    for (const { account, cost } of accounts) {
      account.isWritten = true;
      for (const amount of amounts) account.held[amount] += cost[amount];
    }
    this.holds.set(call.member, { accounts, leftOut, times: 0 });
    return { kind: 'held', leftOut };
  }

  /** Holds for so many further requests of a step, in every account of its hold or in none. */
  holdAgain(member: string, times: number): HoldAgainOutcome {
    const hold = this.holds.get(member);
    if (hold === undefined) return { kind: 'free' };
    const wanted = Math.max(times, hold.times);
    const more = (one: HeldAccount): Counts => ({
      tokens: heldFor(one, 'tokens', wanted).total - heldFor(one, 'tokens', hold.times).total,
      costUsd: heldFor(one, 'costUsd', wanted).total - heldFor(one, 'costUsd', hold.times).total,
    });
    const isMore = wanted > hold.times;
    const shortage = hold.accounts
      .map((one) => (isMore ? shortIn({ ...one, cost: more(one) }) : undefined))
      .reduce(worse, undefined);
    if (shortage !== undefined) return { kind: 'short', shortage };
    for (const one of hold.accounts)
      for (const amount of amounts) one.account.held[amount] += more(one)[amount];
    hold.times = wanted;
    return { kind: 'held' };
  }

  settle(member: string, spent: Spent | undefined, told: BudgetWarning[]): void {
    const hold = this.holds.get(member);
    if (hold === undefined) return;
    this.holds.delete(member);
    for (const one of hold.accounts) {
      const { account, budget } = one;
      const isCounted = budget.scope !== 'model' || budget.name === spent?.model;
      const real = spent === undefined || !isCounted ? none() : realCounts(spent);
      for (const amount of amounts) {
        account.held[amount] -= heldFor(one, amount, hold.times).total;
        account.spent[amount] +=
          real[amount] + lostOf(one, amount, { times: hold.times, lost: spent?.lost ?? 0 });
      }
      if (spent !== undefined) warn(account, budget, told);
    }
  }

  /** What a holder's commit grants and settles. Returns the warnings, to which others may add. */
  committed(member: string, { grant, spent }: Pick<Commit, 'grant' | 'spent'>): BudgetWarning[] {
    const told: BudgetWarning[] = [];
    this.grant(grant);
    this.settle(member, spent, told);
    return told;
  }

  /** What an earlier holder left behind. */
  settleLost(member: string, mayHaveBegun: boolean, told: BudgetWarning[]): void {
    const calls = 1 + (this.holds.get(member)?.times ?? 0);
    const lost = { agent: '', model: '', inputTokens: 0, outputTokens: 0, costUsd: 0, lost: calls };
    this.settle(member, mayHaveBegun ? lost : undefined, told);
  }

  reckon(isOpen: (run: string, item: string) => boolean): Reckoning {
    const warnings: BudgetWarning[] = [];
    const settled = [...this.holds.keys()].filter((member) => {
      const [run = '', item = ''] = member.split('|');
      return !isOpen(run, item);
    });
    for (const member of settled) this.settleLost(member, true, warnings);
    return { settled, warnings };
  }

  grant(grant: Grant | undefined): void {
    if (grant === undefined) return;
    const { account: key, amount, more } = grant;
    const account = this.accounts.get(key);
    if (account?.isWritten === true) account.more[amount] += amount === 'tokens' ? more : nanosOf(more);
  }

  firstSpent(
    budgets: readonly LedgerBudget[],
    owners: Owners,
  ): { scope: string; name: string; period: string; amount: BudgetAmount } | undefined {
    for (const budget of budgets) {
      const account = this.account(budget, owners);
      if (account === undefined) continue;
      const amount = amounts.find((one) => account.spent[one] >= limitOf(budget, one) + account.more[one]);
      const { scope, period } = budget;
      if (amount !== undefined) return { scope, name: account.name, period, amount };
    }
    return undefined;
  }

  private account(budget: LedgerBudget, owners: Owners): Account | undefined {
    const { scope, name, except = [], period } = budget;
    const owner = scope === 'model' ? name : owners[scope];
    if ((name !== '*' && name !== owner) || except.includes(owner)) return undefined;
    const { label, endMs } = periodAt(period, this.nowMs());
    const key = `account:${scope}|${owner}|${label}`;
    const known = this.accounts.get(key);
    if (known !== undefined) return known;
    const added = {
      name: owner,
      key,
      endMs,
      spent: none(),
      held: none(),
      more: none(),
      told: none(),
      isWritten: false,
    };
    this.accounts.set(key, added);
    return added;
  }

  /** What is short, or the models that are left out. */
  private shortage(
    counted: readonly HeldAccount[],
    { models }: Tariff,
    told: BudgetWarning[],
  ): BudgetShortage | { readonly leftOut: readonly string[] } {
    let short: BudgetShortage | undefined;
    const shortModels = new Map<string, BudgetShortage>();
    for (const one of counted) {
      const found = shortIn(one);
      if (found?.isCrowded === false) warn(one.account, one.budget, told, found.amount);
      if (found !== undefined && one.budget.scope === 'model')
        shortModels.set(one.budget.name, worse(shortModels.get(one.budget.name), found) ?? found);
      else short = worse(short, found);
    }
    const leftOut = models.map(({ name }) => name).filter((name) => shortModels.has(name));
    if (models.length > 0 && leftOut.length === models.length) {
      const found = leftOut.flatMap((name) => shortModels.get(name) ?? []);
      short = worse(short, found.findLast(({ isCrowded }) => isCrowded) ?? found[0]);
    }
    return short ?? { leftOut };
  }
}

/** What is held for a call and so many requests that go on with its answer, and for the last of them. */
function heldFor(
  { cost, again, growth }: Pick<HeldAccount, 'cost' | 'again' | 'growth'>,
  amount: BudgetAmount,
  times: number,
): { readonly total: number; readonly last: number } {
  const first = cost[amount];
  if (times === 0) return { total: first, last: first };
  const grown = ((times * (times - 1)) / 2) * growth[amount];
  return { total: first + times * again[amount] + grown, last: again[amount] + (times - 1) * growth[amount] };
}

/** What so many calls may have cost of which nobody saw the end: together no more than was held, where more than one was held for. */
function lostOf(
  held: HeldAccount,
  amount: BudgetAmount,
  { times, lost }: { readonly times: number; readonly lost: number },
): number {
  const { total, last } = heldFor(held, amount, times);
  return times === 0 ? last * lost : Math.min(total, last * lost);
}

const limitOf = (budget: LedgerBudget, amount: BudgetAmount): number =>
  (amount === 'tokens' ? budget.tokens : budget.nanoUsd) ?? Number.POSITIVE_INFINITY;

const realCounts = ({ inputTokens, outputTokens, costUsd }: Spent): Counts => ({
  tokens: inputTokens + outputTokens,
  costUsd: nanosOf(costUsd),
});

function shortIn({
  account,
  budget,
  cost,
}: Pick<HeldAccount, 'account' | 'budget' | 'cost'>): BudgetShortage | undefined {
  const found = amounts.flatMap((amount): BudgetShortage[] => {
    const allowed = limitOf(budget, amount) + account.more[amount];
    const used = account.spent[amount] + cost[amount];
    if (used + account.held[amount] <= allowed) return [];
    const { scope, period, onLimit } = budget;
    const { name, key, endMs } = account;
    return [
      {
        ...{
          scope,
          name,
          period,
          amount,
          onLimit,
          account: key,
          resetsAtMs: endMs,
          isCrowded: used <= allowed,
        },
        ...{ used: amountOf(amount, used), allowed: amountOf(amount, allowed) },
      },
    ];
  });
  const [first, second] = found;
  return first?.isCrowded === true && second !== undefined ? second : first;
}

/** Of two things that are short: the one that stays so; then the one that ends the run. */
function worse(
  one: BudgetShortage | undefined,
  other: BudgetShortage | undefined,
): BudgetShortage | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  if (one.isCrowded !== other.isCrowded) return one.isCrowded ? other : one;
  return other.onLimit === 'fail' && one.onLimit !== 'fail' ? other : one;
}

function warn(account: Account, budget: LedgerBudget, told: BudgetWarning[], refused?: BudgetAmount): void {
  for (const amount of amounts) {
    const allowed = limitOf(budget, amount) + account.more[amount];
    const spent = account.spent[amount];
    const percent = levels.find(
      (level) => spent * 100 >= allowed * level || (refused === amount && level === 100),
    );
    if (!Number.isFinite(allowed) || percent === undefined || percent <= account.told[amount]) continue;
    account.told[amount] = percent;
    account.isWritten = true;
    const { scope, period } = budget;
    const counts = { spent: amountOf(amount, spent), allowed: amountOf(amount, allowed) };
    told.push({ scope, name: account.name, period, amount, percent, ...counts });
  }
}

const mostOfImage = 50_000;

function lineBound({ type }: Fact, line: string, { image = mostOfImage }: Tariff): number {
  if (!line.includes('"images":')) return Buffer.byteLength(line);
  let images = line.split('{"url":"https:').length - 1;
  if (type !== 'run.accepted' && type !== 'thread.updated') return Buffer.byteLength(line) + images * image;
  const stripped = line.replaceAll(/"mediaType":"image\/[a-z]+","data":"[A-Za-z0-9+/=]*"/g, () => {
    images += 1;
    return '';
  });
  return Buffer.byteLength(stripped) + images * image;
}

function promptBound({ journal, run, tariff }: LedgerCall): number {
  let bytes = 0;
  let isExact = tariff.model !== undefined;
  for (const { fact } of [...journal].reverse()) {
    const line = JSON.stringify(fact);
    if (line.includes('"rewindTo":')) isExact = false;
    if (isExact && fact.type === 'model.answered') {
      const { inputTokens, outputTokens } = fact.usage;
      if (fact.run === run && fact.model === tariff.model && fact.isCached !== true)
        return bytes + inputTokens + outputTokens;
      isExact = false;
    }
    bytes += lineBound(fact, line, tariff);
  }
  return bytes + tariff.base;
}

export const ownersOf = ({ tenant, accepted, thread }: NewRun): Owners => ({
  ...{ tenant, agent: accepted.agent, thread: accepted.workspaceThread ?? thread },
});
