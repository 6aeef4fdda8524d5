import type { HttpClient } from '@lumina/platform';
import type { PageReader } from './page-reader';

export interface RobotsVerdict {
  readonly isAllowed: boolean;
  /** What the site asks for between two visits. */
  readonly delayMs: number;
}

export interface RobotsRulesOptions {
  readonly client: Pick<HttpClient, 'send'>;
  readonly pages: Pick<PageReader, 'robots'>;
  readonly nowMs?: () => number;
}

/** The name under which robots.txt may address us. */
export const robotsAgent = 'Lumina';

const maxBytes = 500 * 1024;
const lifeMs = 60 * 60_000;
const failureLifeMs = 60_000;
const maxOrigins = 500;

type Rules = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'all' | 'none' };
interface Known {
  readonly rules: Rules;
  readonly lapsesAtMs: number;
}

/**
 * What robots.txt files allow, as RFC 9309 has it: one that does not exist allows everything, one that cannot be had now allows nothing.
 * Each is remembered for an hour.
 */
export class RobotsRules {
  private readonly known = new Map<string, Known>();
  private readonly nowMs: () => number;

  constructor(private readonly options: RobotsRulesOptions) {
    this.nowMs = options.nowMs ?? (() => performance.now());
  }

  async verdict(url: string, signal: AbortSignal): Promise<RobotsVerdict> {
    const { origin } = new URL(url);
    const rules = await this.rulesOf(origin, signal);
    if (rules.kind !== 'text') return { isAllowed: rules.kind === 'all', delayMs: 0 };
    const task = { text: rules.text, url: `${origin}/robots.txt`, agent: robotsAgent, urls: [url] };
    const reading = await this.options.pages.robots(task, signal);
    if (reading.kind === 'failed') return { isAllowed: false, delayMs: 0 };
    const { isAllowed, crawlDelayMs = 0 } = reading.value;
    return { isAllowed: isAllowed[0] ?? false, delayMs: crawlDelayMs };
  }

  private async rulesOf(origin: string, signal: AbortSignal): Promise<Rules> {
    const known = this.known.get(origin);
    if (known !== undefined && known.lapsesAtMs > this.nowMs()) return known.rules;
    const rules = await this.fetch(origin, signal);
    if (signal.aborted) return rules;
    this.known.delete(origin);
    this.known.set(origin, {
      rules,
      lapsesAtMs: this.nowMs() + (rules.kind === 'none' ? failureLifeMs : lifeMs),
    });
    const [oldest] = this.known.keys();
    if (this.known.size > maxOrigins && oldest !== undefined) this.known.delete(oldest);
    return rules;
  }

  private async fetch(origin: string, signal: AbortSignal): Promise<Rules> {
    const url = `${origin}/robots.txt`;
    const answer = await this.options.client.send({ url, signal, maxBytes, timeoutMs: 10_000 });
    if (answer.kind === 'failed') return { kind: 'none' };
    const { status, body } = answer;
    if (status >= 200 && status <= 299) return { kind: 'text', text: body.toString('utf8') };
    return { kind: status >= 400 && status <= 499 && status !== 429 ? 'all' : 'none' };
  }
}
