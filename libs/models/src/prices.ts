import { z } from 'zod';
import { type Usage, modelRefSchema } from '@lumina/contracts';

export const modelPriceSchema = z.strictObject({
  inputUsdPerMillion: z.number().nonnegative(),
  outputUsdPerMillion: z.number().nonnegative(),
  /** Of input that the provider had in its cache; absent: as other input. */
  cachedInputUsdPerMillion: z.number().nonnegative().optional(),
  /** Of input that it put into its cache; absent: as other input. */
  cacheWriteUsdPerMillion: z.number().nonnegative().optional(),
  /** The day from which the price holds: for people who check whether it is still true. */
  since: z.iso.date(),
});
export type ModelPrice = z.infer<typeof modelPriceSchema>;

/** Prices by `provider/model`. */
export const modelPricesSchema = z.record(modelRefSchema, modelPriceSchema);
export type ModelPrices = Readonly<Record<string, ModelPrice>>;

/** Providers that cost nothing unless a price says otherwise. */
const freeProviders = ['ollama/', 'simulated/'];

export interface Cost {
  readonly costUsd: number;
  readonly isPriceKnown: boolean;
}

export function costOf(prices: ModelPrices, ref: string, usage: Usage): Cost {
  const price = Object.hasOwn(prices, ref) ? prices[ref] : undefined;
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
