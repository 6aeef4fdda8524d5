const maxLength = 300;

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A connection that was tried at several addresses fails with an AggregateError, which has no words of its own.
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(messageOf).join('; ');
  }
  const { code } = error as NodeJS.ErrnoException;
  return error.message || code || error.name;
}

/** What may be told to people about an error: one line, not long, without the passwords of URLs. */
export function describeFault(error: unknown): string {
  const line = messageOf(error)
    .replace(/\s+/g, ' ')
    .replace(/\/\/[^/\s]*@/g, '//***@')
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line || 'failed without a word';
}
