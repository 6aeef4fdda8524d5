import { createHash } from 'node:crypto';
import { type AgentDefinition, type ToolOffer, type WideBudget, everyName } from '@lumina/contracts';
import { type ModelPrice, type ModelPrices, nextPriceChangeMs, parseModelRef, priceAt } from '@lumina/models';
import { type LedgerBudget, type Tariff, ledgerBudgets } from '@lumina/store';

/** A message's frame in a prompt, in tokens: what providers put around the instructions. */
const frameTokens = 64;
const nanosPerUsd = 1_000_000_000;
/** More than any provider is known to count for one image, of whatever size. */
const mostImageTokens = 50_000;
/** A call may begin so long after its money was held: a price that holds by then counts already. */
const aheadMs = 60_000;

export interface TariffBasis {
  readonly budgets: readonly WideBudget[];
  readonly prices: ModelPrices;
  readonly nowMs?: () => number;
}

/**
 * What calls of an agent's models may cost at most, estimated from above: a token is at least one byte, so instructions and tools are no more tokens
 * than bytes. Where the prices of the day, budgets, chain or tools are others, so is the print, and a tariff is not found by mistake.
 */
export class Tariffs {
  private readonly budgets: readonly LedgerBudget[];
  private readonly nowMs: () => number;
  /** What follows from the tools and the chain. */
  private noticed = '';
  private current = '';
  private isCurrentUntilMs = 0;
  private offersSeen: ReadonlyMap<string, ToolOffer> | undefined;
  private chainSeen: readonly string[] = [];

  constructor(private readonly options: TariffBasis) {
    this.budgets = ledgerBudgets(options.budgets);
    this.nowMs = options.nowMs ?? Date.now;
  }

  /** Undefined where no budget counts calls of models: then nothing of this costs anything. */
  get print(): string | undefined {
    if (this.budgets.length === 0) return undefined;
    if (this.nowMs() >= this.isCurrentUntilMs) this.printAnew();
    return this.current;
  }

  /** Takes notice of what there is now; the next claim asks by the print that follows from it. */
  notice(offers: ReadonlyMap<string, ToolOffer>, defaultChain: readonly string[]): void {
    if (this.budgets.length === 0) return;
    if (offers === this.offersSeen && defaultChain === this.chainSeen) return;
    this.offersSeen = offers;
    this.chainSeen = defaultChain;
    this.noticed = JSON.stringify([[...offers.values()], defaultChain]);
    this.printAnew();
  }

  /** `tools`: as the model is offered them. */
  of(agent: AgentDefinition, chain: readonly string[], tools: readonly ToolOffer[]): Tariff {
    const models = chain.map((name) => ({ name, ...this.priceOf(name) }));
    const [only] = chain;
    return {
      base: frameTokens + Buffer.byteLength(agent.instructions) + Buffer.byteLength(JSON.stringify(tools)),
      out: agent.maxOutputTokens,
      image: Math.max(...chain.map((ref) => this.imageTokensOf(ref))),
      ...(chain.length === 1 && only !== undefined ? { model: only } : {}),
      models,
      budgets: this.budgets.flatMap((budget) => forModels(budget, chain)),
    };
  }

  /** Models that cost money as far as anybody knows, but of which no price says how much. */
  unpriced(chain: readonly string[]): readonly string[] {
    const isCounted = this.budgets.some(({ nanoUsd }) => nanoUsd !== undefined);
    if (!isCounted) return [];
    const isFree = (ref: string): boolean =>
      ['ollama', 'simulated'].includes(parseModelRef(ref)?.provider ?? '');
    return chain.filter((ref) => !Object.hasOwn(this.options.prices, ref) && !isFree(ref));
  }

  /** Billionths of a dollar for a token: a thousandth of dollars for a million. */
  private priceOf(ref: string): { readonly input: number; readonly output: number } {
    const nowMs = this.nowMs();
    const prices = [nowMs, nowMs + aheadMs].map((atMs) => priceAt(this.options.prices, ref, atMs));
    const nanosOfToken = (usdPerMillion = 0): number => (usdPerMillion * nanosPerUsd) / 1_000_000;
    return {
      input: Math.max(...prices.map((price) => nanosOfToken(dearestInput(price)))),
      output: Math.max(...prices.map((price) => nanosOfToken(price?.outputUsdPerMillion))),
    };
  }

  private imageTokensOf(ref: string): number {
    return priceAt(this.options.prices, ref, this.nowMs())?.imageTokens ?? mostImageTokens;
  }

  /** It holds until a price changes, or begins to count ahead. */
  private printAnew(): void {
    const { budgets, prices } = this.options;
    const nowMs = this.nowMs();
    const now = Object.keys(prices).map((ref) => [ref, this.priceOf(ref), this.imageTokensOf(ref)]);
    const digest = createHash('sha256').update(
      JSON.stringify([mostImageTokens, budgets, now]) + this.noticed,
    );
    this.current = digest.digest('hex').slice(0, 32);
    const next = nextPriceChangeMs(prices, nowMs) ?? Infinity;
    const nextAhead = (nextPriceChangeMs(prices, nowMs + aheadMs) ?? Infinity) - aheadMs;
    this.isCurrentUntilMs = Math.min(next, nextAhead);
  }
}

/** Of input, whatever the provider makes of it: what it puts into its cache may be dearer than what it only reads. */
const dearestInput = (price: ModelPrice | undefined): number =>
  Math.max(price?.inputUsdPerMillion ?? 0, price?.cacheWriteUsdPerMillion ?? 0);

/** A budget of a model counts only calls that may go to it; one for each model is one for each of the chain. */
function forModels(budget: LedgerBudget, chain: readonly string[]): readonly LedgerBudget[] {
  if (budget.scope !== 'model') return [budget];
  const { name, except = [] } = budget;
  if (name !== everyName) return chain.includes(name) ? [budget] : [];
  return chain.filter((model) => !except.includes(model)).map((model) => ({ ...budget, name: model }));
}
