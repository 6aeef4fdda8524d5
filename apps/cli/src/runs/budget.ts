import { ask } from '../gateway/http-exchange';
import type { ApprovalAccess } from './approvals';
import { readProblem } from './problem';
import { refusalOf } from './refusal-of';

/** A budget that a run has used up, and that a person may add to. */
export interface BudgetQuestion {
  /** Whose: the run's own, or a subagent's below it. */
  readonly run_id: string;
  readonly item: string;
  readonly amount: 'tokens' | 'costUsd';
  readonly used: number;
  readonly allowed: number;
}

export interface BudgetVerdict {
  readonly decision: 'grant' | 'reject';
  readonly more?: number;
  readonly reason?: string;
}

const timeoutMs = 15_000;

export const budgetUrl = ({ gatewayUrl, run }: Pick<ApprovalAccess, 'gatewayUrl' | 'run'>): string =>
  `${gatewayUrl}/runs/${encodeURIComponent(run)}/budget`;

/** @throws Refusal when the gateway does not tell */
export async function pendingBudgets(access: ApprovalAccess): Promise<readonly BudgetQuestion[]> {
  const headers = { 'x-api-key': access.apiKey };
  const { status, text } = await ask(budgetUrl(access), { headers, timeoutMs });
  if (status !== 200) throw refusalOf(status, text);
  return (JSON.parse(text) as { waiting: readonly BudgetQuestion[] }).waiting;
}

/**
 * Returns what is wrong with the verdict, where another may do.
 *
 * @throws Refusal when no verdict counts any more: one was given already, or came too late
 */
export async function decideBudget(
  access: ApprovalAccess,
  { run_id, item }: BudgetQuestion,
  verdict: BudgetVerdict,
): Promise<string | undefined> {
  const headers = { 'x-api-key': access.apiKey };
  const body = { run_id, item, ...verdict };
  const { status, text } = await ask(budgetUrl(access), { method: 'POST', headers, body, timeoutMs });
  if (status === 202) return undefined;
  if (status === 422) return readProblem(status, text).message;
  throw refusalOf(status, text);
}

export function budgetQuestionOf({ amount, used, allowed }: BudgetQuestion): string {
  const [count, unit] = amount === 'tokens' ? [`${used}`, 'tokens'] : [used.toFixed(4), 'US dollars'];
  return `The run has used ${count} ${unit} of ${allowed}. How much more may it use? A number, or a reason to refuse: `;
}

/** A number grants; a bare yes says nothing (undefined); anything else refuses, with what was typed as the reason. */
export function budgetVerdictOf(answer: string): BudgetVerdict | undefined {
  const text = answer.trim();
  if (text === '' || /^no?$/i.test(text)) return { decision: 'reject' };
  if (/^y(es)?$/i.test(text)) return undefined;
  const more = Number(text.replace(/^\$/, ''));
  return Number.isFinite(more) ? { decision: 'grant', more } : { decision: 'reject', reason: text };
}
