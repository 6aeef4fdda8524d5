import { type JournalEntry, itemKey } from '@lumina/contracts';

export interface ApprovedCall {
  readonly run: string;
  /** The call's item, `call:<n>.<i>[~<generation>]`. */
  readonly item: string;
  /** Digest of the arguments that are to be run. */
  readonly argsDigest: string;
}

/** Where a call stands in its run, whatever its generation: a model's own call ids come back, places never do. */
const placeOf = (item: string): string => itemKey(item).split('~')[0] ?? '';

/**
 * Whether the journal holds a person's decision that this call be run with exactly these arguments: the proof of A1 to A4 for whoever
 * did not see the decision being made.
 */
export const isApproved = (journal: readonly JournalEntry[], call: ApprovedCall): boolean =>
  journal.some(
    ({ fact }) =>
      fact.type === 'approval.given' &&
      fact.run === call.run &&
      (fact.decision === 'approve' || fact.decision === 'edit') &&
      fact.argsDigest === call.argsDigest &&
      placeOf(fact.item) === placeOf(call.item),
  );
