/**
 * Waits until `probe` answers something other than undefined or false.
 *
 * @throws Error naming `what` after `timeoutMs`; the last error of the probe is its cause
 */
export async function eventually<Value>(
  what: string,
  probe: () => Value | Promise<Value>,
  timeoutMs = 10_000,
): Promise<NonNullable<Value>> {
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  do {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  } while (performance.now() < deadline);
  throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause });
}
