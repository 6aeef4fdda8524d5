import { type KeptProcess, eventually, pause, redisCommand } from '@lumina/testbed';
import { type BudgetAccount, budgetDetail, budgetFault } from '../budget/budget-account';
import { metered, usdOfCall } from '../budget/metered-agent';
import type { CaseDrill, CaseResult, DrillContext } from '../drill';
import { GatewayClient } from '../load/gateway-client';
import { RunClient } from '../load/run-client';
import { DrillStack } from '../stack/drill-stack';

interface Size {
  readonly runs: number;
  readonly calls: number;
  readonly times: number;
}
const long: Size = { runs: 300, calls: 100, times: 2 };
const short: Size = { runs: 60, calls: 20, times: 1 };

const settings = { LUMINA_LEASE: '2s', LUMINA_RECKON_INTERVAL: '1s' };
const restartAfterMs = 300;
const endMs = 150_000;
const settledMs = 60_000;
const successionMs = 20_000;
const wholeMs = 60_000;

type Break = (stack: DrillStack, context: DrillContext) => Promise<void>;

interface Wanted {
  readonly name: string;
  readonly isInShort: boolean;
  readonly breaks?: Break;
}

/** Orchestrators die with calls in their hands, one after the other, so that what one leaves behind is in the hands of the next. */
const killOrchestrators: Break = async ({ services }, { chance, signal }) => {
  for (let kill = 0; kill < 2; kill += 1) {
    const alive = services['agent-orchestrator'].filter(({ isAlive }) => isAlive);
    if (alive.length > 0) chance.pick<KeptProcess>(alive).signal('SIGKILL');
    await pause(chance.between(500, 4_000), signal);
  }
};

/** The master dies, a replica takes its place, and it comes back as a replica. */
const killMaster: Break = async ({ group }) => {
  const master = await group.master();
  master.process.signal('SIGKILL');
  await master.process.gone();
  const successor = await group.succession(master, successionMs);
  master.start(successor.address);
};

const cases: readonly Wanted[] = [
  { name: 'undisturbed', isInShort: false },
  { name: 'orchestrators die', isInShort: false, breaks: killOrchestrators },
  { name: 'the master dies', isInShort: false, breaks: killMaster },
  {
    name: 'both die at once',
    isInShort: true,
    breaks: async (stack, context) => {
      await Promise.all([killMaster(stack, context), killOrchestrators(stack, context)]);
    },
  },
];

const tenantOf = (index: number): string => `tenant-${index}`;
const keyOf = (index: number): string => `budget-key-${index}`;

/**
 * Three hundred calls at once, over two orchestrators and a replicated store, want a budget for a hundred, while processes die at random
 * moments: no more is spent, no more is asked of the model, and no reservation is left.
 */
export const budget: CaseDrill = {
  kind: 'cases',
  async run(context) {
    const { folder, signal, progress, options } = context;
    const size = options.isShort ? short : long;
    const wanted = cases.filter(({ isInShort }) => isInShort || !options.isShort);
    const rounds = wanted.flatMap((one) => Array.from({ length: options.times ?? size.times }, () => one));
    const keys = rounds.map((_one, index) => `${keyOf(index)}:${tenantOf(index)}`);
    const stack = await DrillStack.plan(metered(folder, size.calls), {
      ...{ replicas: 2, restartAfterMs },
      env: { ...settings, LUMINA_API_KEYS: keys.join(',') },
    });
    try {
      progress('starting three Sentinels, a master, two replicas, and every service twice');
      await stack.start();
      const results: CaseResult[] = [];
      for (const [index, one] of rounds.entries()) {
        signal.throwIfAborted();
        progress(`${size.runs} runs want ${size.calls} calls: ${one.name}`);
        const account = await new Rush(stack, context, { ...size, index }).account(one.breaks);
        progress(budgetDetail(account));
        results.push({ name: one.name, fault: budgetFault(account), detail: budgetDetail(account) });
      }
      return results;
    } finally {
      await (signal.aborted ? stack.kill() : stack.stop());
    }
  },
};

/** One rush at the budget of one tenant. */
class Rush {
  private readonly gateways: GatewayClient;

  constructor(
    private readonly stack: DrillStack,
    private readonly context: DrillContext,
    private readonly plan: Pick<Size, 'runs' | 'calls'> & { readonly index: number },
  ) {
    this.gateways = new GatewayClient(stack.gatewayUrls, keyOf(plan.index));
  }

  async account(breaks: Break | undefined): Promise<BudgetAccount> {
    const { runs, calls } = this.plan;
    await this.model('DELETE');
    const deadline = AbortSignal.any([this.context.signal, AbortSignal.timeout(endMs)]);
    const clients = Array.from(
      { length: runs },
      (_one, index) => new RunClient(this.gateways, { task: `question ${index}`, isLong: false }, deadline),
    );
    const lives = Promise.all(clients.map((client) => client.live()));
    const heldThen = breaks === undefined ? undefined : await this.breakAtWork(breaks);
    await lives;
    await this.stack.ready();
    await this.stack.group.whole(wholeMs);
    const endings = await Promise.all(clients.map((client) => this.endingOf(client)));
    const others = endings.filter((ending) => ending !== 'success' && ending !== exhausted);
    await this.settled();
    return {
      ...{ runs, allowed: calls, heldThen, others, asked: await this.asked() },
      answered: endings.filter((ending) => ending === 'success').length,
      exhausted: endings.filter((ending) => ending === exhausted).length,
      ...(await this.standing()),
      holds: await this.holds(),
    };
  }

  /** Breaks something once a random part of the budget is under way; what was held then. */
  private async breakAtWork(breaks: Break): Promise<number> {
    const { chance, progress } = this.context;
    const enough = Math.ceil(this.plan.calls * chance.between(0.1, 0.9));
    await eventually('calls are under way', async () => (await this.asked()) >= enough, endMs);
    const { held } = await this.standing();
    progress(`the model was asked ${enough} times or more, ${Math.round(held)} calls are held: now`);
    await breaks(this.stack, this.context);
    return held;
  }

  private async endingOf({ acknowledged, refusal }: RunClient): Promise<string> {
    if (acknowledged === undefined)
      return refusal?.includes(exhausted) === true ? exhausted : (refusal ?? 'never acknowledged');
    const { run } = acknowledged;
    const { status, timeline } = await this.gateways.explain(run);
    if (status === 'succeeded') return 'success';
    const last = timeline.at(-1)?.detail ?? status;
    return last.includes(exhausted) ? exhausted : `${run}: ${last}`;
  }

  /** Whoever died is replaced within a lease, and what is left behind is found by the ledger. */
  private async settled(): Promise<void> {
    await eventually(
      'nothing is held any more',
      async () => (await this.holds()) === 0 && (await this.standing()).held === 0,
      settledMs,
      // What is left is for the account to tell.
    ).catch(() => undefined);
  }

  /** Of the tenant's budget, in calls. */
  private async standing(): Promise<Pick<BudgetAccount, 'spent' | 'held'>> {
    const { spent, held } = await this.gateways.budget();
    return { spent: spent / usdOfCall, held: held / usdOfCall };
  }

  /** Reservations of all tenants that are in the store. */
  private async holds(): Promise<number> {
    return Number(await redisCommand((await this.stack.group.master()).address, 'HLEN', holdsKey));
  }

  private async asked(): Promise<number> {
    const requests = (await (await this.model('GET')).json()) as readonly { readonly path: string }[];
    return requests.filter(({ path }) => path.endsWith('/chat/completions')).length;
  }

  private model(method: 'GET' | 'DELETE'): Promise<Response> {
    const url = (this.stack.environment['OPENAI_BASE_URL'] ?? '').replace(/v1$/, 'sim/requests');
    return fetch(url, { method });
  }
}

const exhausted = 'LUM_BUDGET_EXHAUSTED';
/** ARCHITECTURE.md, “A run in the store”. */
const holdsKey = 'lum:{s0}:holds';
