const maxLength = 500;

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A connection that was tried at several addresses fails with an AggregateError, which has no words of its own.
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(messageOf).join('; ');
  }
  // A transaction that Redis would not begin says only that; the reasons stand beside it.
  const { code, previousErrors = [] } = error as NodeJS.ErrnoException & { previousErrors?: unknown[] };
  if (previousErrors.length > 0) return messageOf(previousErrors[0]);
  return error.message || code || error.name;
}

/** Words fit to be shown: one line, not long, without the passwords of URLs. */
export function tidy(words: string): string {
  const line = words
    .replace(/\s+/g, ' ')
    .replace(/\/\/[^/\s]*@/g, '//***@')
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}

/** What may be told to people about an error. */
export const describeFault = (error: unknown): string => tidy(messageOf(error)) || 'failed without a word';
