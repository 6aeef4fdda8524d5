type Hearer = (reason: unknown) => void;

const hearersOf = new WeakMap<AbortSignal, Set<Hearer>>();

/**
 * Many that come and go hear one signal that lives as long as the process. Each is added and taken away in constant time, and without a composite
 * signal, which costs more than a quick tool. Called at once if the signal was aborted before.
 *
 * @returns how to stop hearing
 */
export function hearAbort(signal: AbortSignal, hearer: Hearer): () => void {
  if (signal.aborted) {
    hearer(signal.reason);
    return () => undefined;
  }
  const known = hearersOf.get(signal);
  const hearers = known ?? new Set<Hearer>();
  if (known === undefined) {
    hearersOf.set(signal, hearers);
    const tell = (): void => {
      for (const each of [...hearers]) each(signal.reason);
    };
    signal.addEventListener('abort', tell, { once: true });
  }
  hearers.add(hearer);
  return () => void hearers.delete(hearer);
}
