import { createHash } from 'node:crypto';
import { type AgentDefinition, type ToolOffer, type WideBudget, everyName } from '@lumina/contracts';
import { type ModelPrices, parseModelRef } from '@lumina/models';
import { type LedgerBudget, type Tariff, ledgerBudgets } from '@lumina/store';

/** A message's frame in a prompt, in tokens: what providers put around the instructions. */
const frameTokens = 64;
const nanosPerUsd = 1_000_000_000;

export interface TariffBasis {
  readonly budgets: readonly WideBudget[];
  readonly prices: ModelPrices;
}

/**
 * What calls of an agent's models may cost at most, estimated from above: a token is at least one byte, so instructions and tools are no more tokens
 * than bytes. Where the prices, budgets, chain or tools are others, so is the print, and a tariff is not found by mistake.
 */
export class Tariffs {
  private readonly budgets: readonly LedgerBudget[];
  private readonly basis: string;
  private current = '';
  private offersSeen: ReadonlyMap<string, ToolOffer> | undefined;
  private chainSeen: readonly string[] = [];

  constructor(private readonly options: TariffBasis) {
    this.budgets = ledgerBudgets(options.budgets);
    this.basis = JSON.stringify([options.budgets, options.prices]);
  }

  /** Undefined where no budget counts calls of models: then nothing of this costs anything. */
  get print(): string | undefined {
    return this.budgets.length === 0 ? undefined : this.current || this.printOf('');
  }

  /** Takes notice of what there is now; the next claim asks by the print that follows from it. */
  notice(offers: ReadonlyMap<string, ToolOffer>, defaultChain: readonly string[]): void {
    if (this.budgets.length === 0) return;
    if (offers === this.offersSeen && defaultChain === this.chainSeen) return;
    this.offersSeen = offers;
    this.chainSeen = defaultChain;
    this.current = this.printOf(JSON.stringify([[...offers.values()], defaultChain]));
  }

  /** `tools`: as the model is offered them. */
  of(agent: AgentDefinition, chain: readonly string[], tools: readonly ToolOffer[]): Tariff {
    const models = chain.map((name) => ({ name, ...this.priceOf(name) }));
    const [only] = chain;
    return {
      base: frameTokens + Buffer.byteLength(agent.instructions) + Buffer.byteLength(JSON.stringify(tools)),
      out: agent.maxOutputTokens,
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
    const price = Object.hasOwn(this.options.prices, ref) ? this.options.prices[ref] : undefined;
    const nanosOfToken = (usdPerMillion = 0): number => (usdPerMillion * nanosPerUsd) / 1_000_000;
    return {
      input: nanosOfToken(price?.inputUsdPerMillion),
      output: nanosOfToken(price?.outputUsdPerMillion),
    };
  }

  private printOf(rest: string): string {
    return createHash('sha256').update(`${this.basis}${rest}`).digest('hex').slice(0, 32);
  }
}

/** A budget of a model counts only calls that may go to it; one for each model is one for each of the chain. */
function forModels(budget: LedgerBudget, chain: readonly string[]): readonly LedgerBudget[] {
  if (budget.scope !== 'model') return [budget];
  const { name, except = [] } = budget;
  if (name !== everyName) return chain.includes(name) ? [budget] : [];
  return chain.filter((model) => !except.includes(model)).map((model) => ({ ...budget, name: model }));
}
