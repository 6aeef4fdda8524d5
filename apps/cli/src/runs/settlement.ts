import type { Shell } from '../command-line/shell';
import { type ApprovalAccess, decide, pendingProposals, questionOf, verdictOf } from './approvals';
import {
  type BudgetQuestion,
  budgetQuestionOf,
  budgetVerdictOf,
  decideBudget,
  pendingBudgets,
} from './budget';

export interface Settlement {
  readonly ask: Shell['ask'];
  /** Approve what would be asked. */
  readonly isYes: boolean;
  readonly say: (text: string) => void;
}

/** Decides about what waits: as told beforehand, or as the person at the terminal says. False: nobody is there to ask. */
export async function settle(access: ApprovalAccess, settlement: Settlement): Promise<boolean> {
  const { ask, isYes } = settlement;
  if (!isYes && ask === undefined) return false;
  for (const proposal of await pendingProposals(access)) {
    // A question has no yes, and what may have been done already is not done again unasked.
    const isApproved = isYes && proposal.why === 'policy';
    const answer = isApproved ? 'yes' : await ask?.(questionOf(proposal));
    if (answer === undefined) return false;
    await decide(access, proposal, verdictOf(answer, proposal.why));
  }
  for (const question of await pendingBudgets(access))
    if (!(await settleBudget(access, question, settlement))) return false;
  return true;
}

/** Money is never granted unasked. */
async function settleBudget(
  access: ApprovalAccess,
  question: BudgetQuestion,
  { ask, say }: Settlement,
): Promise<boolean> {
  for (;;) {
    const answer = await ask?.(budgetQuestionOf(question));
    if (answer === undefined) return false;
    const verdict = budgetVerdictOf(answer);
    const complaint =
      verdict === undefined ? 'How much? A number.' : await decideBudget(access, question, verdict);
    if (complaint === undefined) return true;
    say(complaint);
  }
}
