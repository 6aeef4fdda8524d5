/** How long whoever closes waits for Redis. */
const closingMs = 3_000;

/**
 * Waits for what closes, but not for ever: a connection that is being made anew when it is told to end ends without a word, and BullMQ
 * waits for that word.
 */
export async function closedInTime(closing: Promise<unknown>): Promise<'closed' | 'given up'> {
  let timer: NodeJS.Timeout | undefined;
  const given = new Promise<'given up'>((resolve) => {
    timer = setTimeout(() => resolve('given up'), closingMs);
  });
  try {
    return await Promise.race([closing.then(() => 'closed' as const), given]);
  } finally {
    clearTimeout(timer);
  }
}
