import type { AnswerPart } from '@lumina/contracts';
import type { ModelOutcome } from '@lumina/models';
import type { Spent } from '@lumina/store';

/** What was shown of answers that never came whole. */
export interface Unfinished {
  /** How many answers broke off after words of them were shown. */
  readonly broken: number;
  /** Whether words of the present one were shown. */
  readonly hasBegun: boolean;
}

/**
 * What a step's question came to, for the ledger; undefined: nothing was spent. An answer that had begun and came to no end was paid for: as
 * its part of the outcome says, else nobody says how much, and it counts as lost.
 */
export function spentOf(
  agent: string,
  outcome: ModelOutcome,
  { broken, hasBegun }: Unfinished,
): Spent | undefined {
  const none = { agent, model: '', inputTokens: 0, outputTokens: 0, costUsd: 0 };
  switch (outcome.kind) {
    case 'answered': {
      const { model, usage, costUsd, parts, isCached } = outcome.answer;
      const known = parts.filter(({ isStitched }) => !isStitched).length;
      return {
        ...none,
        ...usage,
        model,
        costUsd,
        lost: Math.max(0, broken - known),
        ...(isCached === undefined ? {} : { cached: 1 }),
      };
    }
    case 'failed': {
      const { parts = [] } = outcome;
      const lost = Math.max(0, broken + (hasBegun ? 1 : 0) - parts.length);
      if (lost === 0 && parts.length === 0) return undefined;
      return { ...none, ...sumOf(parts), model: parts.at(-1)?.model ?? '', lost };
    }
    case 'aborted':
      return { ...none, lost: broken + 1 };
  }
}

const sumOf = (parts: readonly AnswerPart[]): Pick<Spent, 'inputTokens' | 'outputTokens' | 'costUsd'> => ({
  inputTokens: parts.reduce((sum, { usage }) => sum + usage.inputTokens, 0),
  outputTokens: parts.reduce((sum, { usage }) => sum + usage.outputTokens, 0),
  costUsd: parts.reduce((sum, { costUsd }) => sum + costUsd, 0),
});
