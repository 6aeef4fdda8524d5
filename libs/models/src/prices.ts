import { z } from 'zod';
import { type Usage, modelRefSchema } from '@lumina/contracts';

export const modelPriceSchema = z.strictObject({
  inputUsdPerMillion: z.number().nonnegative(),
  outputUsdPerMillion: z.number().nonnegative(),
  /** Of input that the provider had in its cache; absent: as other input. */
  cachedInputUsdPerMillion: z.number().nonnegative().optional(),
  /** Of input that it put into its cache; absent: as other input. */
  cacheWriteUsdPerMillion: z.number().nonnegative().optional(),
  /** Most tokens that one image takes; absent: 50,000, more than any provider is known to count. */
  imageTokens: z.number().int().positive().optional(),
  /** The day (UTC) from whose beginning the price holds. */
  since: z.iso.date(),
});
export type ModelPrice = z.infer<typeof modelPriceSchema>;

/** Prices by `provider/model`: one, or several, each until the next begins. */
export const modelPricesSchema = z.record(
  modelRefSchema,
  z.union([modelPriceSchema, z.array(modelPriceSchema).min(1)]),
);
export type ModelPrices = Readonly<Record<string, ModelPrice | readonly ModelPrice[]>>;

/** Providers that cost nothing unless a price says otherwise. */
const freeProviders = ['ollama/', 'simulated/'];

export interface Cost {
  readonly costUsd: number;
  readonly isPriceKnown: boolean;
}

const beginsMs = ({ since }: ModelPrice): number => Date.parse(`${since}T00:00:00Z`);

function pricesOf(prices: ModelPrices, ref: string): readonly ModelPrice[] {
  const listed = Object.hasOwn(prices, ref) ? prices[ref] : undefined;
  if (listed === undefined) return [];
  return 'since' in listed ? [listed] : listed;
}

/** What holds at `atMs` (since the Unix epoch). Before the first price begins the first one holds: something is nearer the truth than nothing. */
export function priceAt(prices: ModelPrices, ref: string, atMs: number): ModelPrice | undefined {
  const inOrder = pricesOf(prices, ref).toSorted((one, other) => beginsMs(one) - beginsMs(other));
  return inOrder.findLast((price) => beginsMs(price) <= atMs) ?? inOrder[0];
}

/** When any price changes next after `atMs`; undefined: none that is known does. */
export function nextPriceChangeMs(prices: ModelPrices, atMs: number): number | undefined {
  const later = Object.keys(prices)
    .flatMap((ref) => pricesOf(prices, ref))
    .map(beginsMs)
    .filter((begins) => begins > atMs);
  return later.length === 0 ? undefined : Math.min(...later);
}

/** @param atMs when the call was begun */
export function costOf(prices: ModelPrices, ref: string, usage: Usage, atMs: number): Cost {
  const price = priceAt(prices, ref, atMs);
  if (price === undefined) {
    return { costUsd: 0, isPriceKnown: freeProviders.some((provider) => ref.startsWith(provider)) };
  }
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0 } = usage;
  const { inputUsdPerMillion, outputUsdPerMillion } = price;
  const micros =
    Math.max(0, inputTokens - cachedInputTokens - cacheWriteTokens) * inputUsdPerMillion +
    cachedInputTokens * (price.cachedInputUsdPerMillion ?? inputUsdPerMillion) +
    cacheWriteTokens * (price.cacheWriteUsdPerMillion ?? inputUsdPerMillion) +
    outputTokens * outputUsdPerMillion;
  return { costUsd: micros / 1_000_000, isPriceKnown: true };
}
