/**
 * Maps `items` side by side, at most `width` at a time, and hands the results to `take` in the order of the items.
 * Stops asking for more once `take` answers false; what is then in flight is awaited and dropped. Rejects with the
 * first failure in order, after everything in flight has settled.
 */
export async function orderedMap<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Promise<Result>,
  take: (result: Result, item: Item) => boolean,
  width: number,
): Promise<void> {
  const inFlight: { readonly item: Item; readonly result: Promise<Result> }[] = [];
  let next = 0;
  const fill = (): void => {
    for (; next < items.length && inFlight.length < width; next++) {
      const item = items[next] as Item;
      const result = map(item);
      result.catch(() => undefined); // awaited below, perhaps after another has failed
      inFlight.push({ item, result });
    }
  };
  try {
    for (fill(); inFlight.length > 0; fill()) {
      const [first] = inFlight.splice(0, 1);
      if (first && !take(await first.result, first.item)) return;
    }
  } finally {
    await Promise.allSettled(inFlight.map(({ result }) => result));
  }
}
