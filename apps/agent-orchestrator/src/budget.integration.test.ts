import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AgentDefinition, WideBudget } from '@lumina/contracts';
import { Ringer } from '@lumina/queue';
import { DurableWriter, RedisRunStore, keys } from '@lumina/store';
import { type ThrowawayRedis, eventually, freePort, startRedis } from '@lumina/testing';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { accept, lumina } from './testing/bench';
import { type ModelServer, startModelServer } from './testing/model-server';

const repository = resolve(__dirname, '../../..');
const program = join(repository, 'dist/apps/agent-orchestrator/src/main.js');

/** A process of ours that comes back when it is killed, as a cluster would have it. */
class Orchestrator {
  private child: ChildProcess | undefined;
  private isWanted = true;

  constructor(
    private readonly port: number,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.start();
  }

  ready(): Promise<unknown> {
    const url = `http://127.0.0.1:${this.port}/health/ready`;
    return eventually('it is ready', async () => (await fetch(url).catch(() => undefined))?.ok, 60_000);
  }

  kill(): void {
    this.child?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.isWanted = false;
    const child = this.child;
    if (child === undefined) return;
    const gone = new Promise((resolved) => child.once('exit', resolved));
    this.kill();
    await gone;
  }

  private start(): void {
    const child = spawn(process.execPath, [program], {
      env: { ...this.env, PORT: String(this.port) },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.child = child;
    child.once('exit', () => {
      this.child = undefined;
      setTimeout(() => {
        if (this.isWanted) this.start();
      }, 100);
    });
  }
}

/** The model server counts three tokens for each answer; this agent may have three, so a call costs what it may cost at most. */
const metered: AgentDefinition = {
  ...lumina,
  ...{ name: 'metered', models: ['openai/metered'], tools: [], subagents: [], maxOutputTokens: 3 },
};
const usdOfCall = 0.03;
const prices = {
  'openai/metered': { inputUsdPerMillion: 0, outputUsdPerMillion: 10_000, since: '2026-01-01' },
};

interface BudgetSiteOptions {
  readonly budgets: readonly Partial<WideBudget>[];
  readonly answersAfterMs: number;
  /** Each answer breaks off half-way, and is gone on with when it is asked for again. */
  readonly breaksOff?: boolean;
  /** How many processes are to die, each at one of these places. */
  readonly crashAt?: readonly string[];
}

interface Parts {
  readonly client: Redis;
  readonly store: RedisRunStore;
  readonly redis: ThrowawayRedis;
  readonly ringer: Ringer;
  readonly folder: string;
}

/** Two orchestrators, as processes that can be killed, on one Redis, with a model that counts who asks. */
class BudgetSite {
  private constructor(
    readonly models: ModelServer,
    readonly orchestrators: readonly Orchestrator[],
    private readonly parts: Parts,
  ) {}

  static build(): void {
    const folders = ['libs', 'apps/agent-orchestrator'];
    execFileSync(process.execPath, [join(repository, 'tools/build/build.mjs'), ...folders]);
  }

  static async start({
    budgets,
    answersAfterMs,
    crashAt = [],
    breaksOff = false,
  }: BudgetSiteOptions): Promise<BudgetSite> {
    const folder = mkdtempSync(join(tmpdir(), 'lumina-budget-'));
    const redis = await startRedis();
    const client = new Redis(redis.url);
    const store = new RedisRunStore(
      new DurableWriter(client, { replicas: 0, waitMs: 500, deadlineMs: 8_000 }),
      client,
    );
    const models = await startModelServer((messages) => ({
      ...{ text: 'Done.', halfway: new Promise<void>((done) => setTimeout(done, answersAfterMs)) },
      breaks: breaksOff && !String(messages.at(-1)?.content).includes('→'),
    }));
    const config = join(folder, 'lumina.yaml');
    const { name, ...definition } = metered;
    const file = { defaultAgent: name, agents: { [name]: definition }, prices, budgets };
    writeFileSync(config, JSON.stringify(file));
    const env = {
      ...{ PATH: process.env['PATH'] ?? '', LUMINA_CONFIG: config, LUMINA_REDIS_URL: redis.url },
      ...{ OPENAI_BASE_URL: models.url, LUMINA_LOG_LEVEL: 'warn', LUMINA_LEASE: '1s' },
      ...{ LUMINA_SWEEP_INTERVAL: '100ms', LUMINA_RECKON_INTERVAL: '500ms', LUMINA_HOST: '127.0.0.1' },
      // A model whose answers break off is asked on.
      LUMINA_MODEL_BREAKER_FAILURES: '1000',
    };
    const orchestrators = await Promise.all(
      [0, 1].map(async (index) => {
        const crash = crashAt[index];
        const marker = join(folder, `crashed-${index}`);
        const port = await freePort();
        const crashing = crash === undefined ? {} : { LUMINA_CRASH_AT: `${crash}@${marker}` };
        return new Orchestrator(port, { ...env, ...crashing });
      }),
    );
    const ringer = new Ringer({ port: redis.port, host: '127.0.0.1' }, () => undefined);
    return new BudgetSite(models, orchestrators, { client, store, redis, ringer, folder });
  }

  /** Begins so many runs at once, each in a thread of its own. */
  async begin(count: number, prefix = 'run'): Promise<readonly string[]> {
    const runs = Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
    await Promise.all(
      runs.map((run) => accept(this.parts.store, { agent: metered, run, thread: `thread-of-${run}` })),
    );
    await this.parts.ringer.ring(runs.map((run) => ({ run, item: 'step:1', v: 1, place: 1 })));
    return runs;
  }

  /** How each of these runs ended, once all have. */
  async endings(runs: readonly string[], timeoutMs: number): Promise<readonly string[]> {
    const ending = async (run: string): Promise<string | undefined> => {
      const status = (await this.parts.store.run(run))?.status ?? 'queued';
      if (status === 'queued' || status === 'running') return undefined;
      const last = (await this.parts.store.journal(`thread-of-${run}`)).at(-1)?.fact;
      return last?.type === 'run.failed' ? last.failure.code : status;
    };
    return eventually(
      'all runs end',
      async () => {
        const found = await Promise.all(runs.map(ending));
        return found.every((one) => one !== undefined) ? found.flatMap((one) => one ?? []) : undefined;
      },
      timeoutMs,
    );
  }

  /** Of the one budget: in calls. */
  async account(account: string): Promise<{ readonly spent: number; readonly held: number }> {
    const fields = await this.parts.client.hgetall(keys.account(account));
    const calls = (field: string): number => Number(fields[field] ?? 0) / (usdOfCall * 1e9);
    return { spent: calls('su'), held: calls('hu') };
  }

  holds(): Promise<number> {
    return this.parts.client.hlen(keys.holds);
  }

  async stop(): Promise<void> {
    await Promise.all(this.orchestrators.map((orchestrator) => orchestrator.stop()));
    await this.parts.ringer.close();
    this.parts.client.disconnect();
    await this.models.close();
    await this.parts.redis.stop();
    rmSync(this.parts.folder, { recursive: true, force: true });
  }
}

jest.setTimeout(180_000);
const account = 'account:tenant|acme|ever';
const budgetOf = (calls: number) => ({
  ...({ scope: 'tenant', period: 'ever', costUsd: Math.round(calls * 3) / 100 } as const),
});

describe('a budget that many calls on two orchestrators want', () => {
  let site: BudgetSite | undefined;

  beforeAll(() => BudgetSite.build(), 120_000);
  afterEach(async () => {
    await site?.stop();
    site = undefined;
  });

  it('for 100 calls lets 100 of 300 be made, and the others end with what it says', async () => {
    site = await BudgetSite.start({ budgets: [budgetOf(100)], answersAfterMs: 200 });
    await Promise.all(site.orchestrators.map((orchestrator) => orchestrator.ready()));
    const endings = await site.endings(await site.begin(300), 120_000);
    const succeeded = endings.filter((ending) => ending === 'succeeded').length;
    const exhausted = endings.filter((ending) => ending === 'LUM_BUDGET_EXHAUSTED').length;
    expect({ succeeded, exhausted, asked: site.models.asked.length }).toEqual({
      ...{ succeeded: 100, exhausted: 200, asked: 100 },
    });
    expect(await site.account(account)).toEqual({ spent: 100, held: 0 });
    expect(await site.holds()).toBe(0);
  });

  it('is not overspent where every answer breaks off and is paid for twice', async () => {
    // All 60 find room for their first request, and would cost 80 calls with the second.
    site = await BudgetSite.start({ budgets: [budgetOf(70)], answersAfterMs: 100, breaksOff: true });
    await Promise.all(site.orchestrators.map((orchestrator) => orchestrator.ready()));
    const endings = await site.endings(await site.begin(60), 120_000);
    const succeeded = endings.filter((ending) => ending === 'succeeded').length;
    const exhausted = endings.filter((ending) => ending === 'LUM_BUDGET_EXHAUSTED').length;
    expect(succeeded + exhausted).toBe(endings.length);
    const { spent, held } = await site.account(account);
    expect(spent).toBeLessThanOrEqual(70);
    expect(held).toBe(0);
    expect(await site.holds()).toBe(0);
    expect(succeeded).toBeGreaterThan(0);
    expect(site.models.asked.length).toBeGreaterThan(60);
  });

  it('is never overspent and holds nothing in the end, wherever processes are killed', async () => {
    const place = fc.constantFrom('step.claimed', 'step.decided', 'step.committed', 'step.rung');
    const kill = fc.record({ afterMs: fc.integer({ min: 0, max: 700 }), index: fc.nat({ max: 1 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(place, place),
        fc.array(kill, { minLength: 1, maxLength: 4 }),
        async (crashAt, kills) => {
          site = await BudgetSite.start({ budgets: [budgetOf(20)], answersAfterMs: 150, crashAt });
          try {
            const runs = await site.begin(60);
            for (const { afterMs, index } of kills) {
              await pause(afterMs);
              site.orchestrators[index]?.kill();
            }
            const endings = await site.endings(runs, 120_000);
            const succeeded = endings.filter((ending) => ending === 'succeeded').length;
            const others = endings.filter((ending) => ending === 'LUM_BUDGET_EXHAUSTED').length;
            expect(succeeded + others).toBe(runs.length);
            const { spent, held } = await site.account(account);
            expect(held).toBe(0);
            expect(spent).toBeLessThanOrEqual(20);
            // Each question that reached the model is paid for, those of processes that died among them.
            expect(site.models.asked.length).toBeLessThanOrEqual(spent);
            expect(succeeded).toBeLessThanOrEqual(site.models.asked.length);
            expect(await site.holds()).toBe(0);
          } finally {
            await site.stop();
            site = undefined;
          }
        },
      ),
      { numRuns: 2, endOnFailure: true },
    );
  });
});
