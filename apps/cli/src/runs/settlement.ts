import type { Shell } from '../command-line/shell';
import { type ApprovalAccess, decide, pendingProposals, questionOf, verdictOf } from './approvals';
import { budgetQuestionOf, budgetVerdictOf, decideBudget, pendingBudget } from './budget';

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
  return settleBudget(access, settlement);
}

/** Money is never granted unasked. */
async function settleBudget(access: ApprovalAccess, { ask, say }: Settlement): Promise<boolean> {
  const question = await pendingBudget(access);
  if (question === undefined) return true;
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
