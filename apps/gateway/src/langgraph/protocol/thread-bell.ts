/** Wakes whoever waits in this process for something to begin in a thread. A hint: whoever is woken looks for itself. */
export class ThreadBell {
  private readonly waiting = new Map<string, Set<() => void>>();

  ring(thread: string): void {
    for (const wake of this.waiting.get(thread) ?? []) wake();
  }

  /** Resolves when the thread is rung for, the time is up, or the signal fires. */
  async wait(thread: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wakers = this.waiting.get(thread) ?? new Set();
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        wakers.delete(wake);
        if (wakers.size === 0) this.waiting.delete(thread);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal.addEventListener('abort', wake, { once: true });
      this.waiting.set(thread, wakers.add(wake));
    });
  }
}
