import { type AgentDefinition, syntheticTenant } from '@lumina/contracts';
import type { ClaimedItem, Commit } from '@lumina/store';
import { describe, expect, it } from '@jest/globals';
import { register } from 'prom-client';
import { stepLog } from './step-log';

const claimed = (tenant: string) =>
  ({
    ...{ tenant, thread: 't1', mayHaveBegun: true },
    lease: { run: 'r1', item: 'step:1', epoch: 1 },
    journal: [{ fact: { type: 'run.accepted', run: 'r1', at: 1_000 } }],
  }) as unknown as ClaimedItem;
const commit = {
  status: 'succeeded',
  open: [],
  facts: [
    {
      ...{ type: 'model.answered', run: 'r1', at: 2_000, model: 'openai/m', costUsd: 0.25 },
      ...{ usage: { inputTokens: 7, outputTokens: 3 }, durationMs: 10, timeToFirstTokenMs: 5 },
    },
  ],
} as unknown as Commit;

/** Sums of all series of a metric. */
async function sums(...names: readonly string[]): Promise<readonly number[]> {
  const found = await Promise.all(names.map(async (name) => register.getSingleMetric(name)?.get()));
  return found.map((metric) => (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0));
}
const counted = () =>
  sums(
    'lumina_runs_total',
    'lumina_llm_tokens_total',
    'lumina_llm_cost_usd_total',
    'lumina_run_queue_wait_seconds',
  );

describe('the log of a step', () => {
  const lines: object[] = [];
  const log = stepLog(
    { info: (line: object) => lines.push(line), warn: () => undefined } as never,
    () => 1_500,
  );
  const step = (tenant: string) => {
    const one = {
      claimed: claimed(tenant),
      agent: { name: 'lumina' } as AgentDefinition,
      startedAtMs: 1_200,
    };
    log.begun(one);
    log.ended(one, 'committed', commit);
  };

  it('is one wide event, and numbers beside it', async () => {
    step('acme');
    expect(lines).toEqual([
      {
        ...{ event: 'step', run: 'r1', thread: 't1', tenant: 'acme', agent: 'lumina', item: 'step:1' },
        ...{ attempt: 1, outcome: 'committed', status: 'succeeded', durationMs: 300, model: 'openai/m' },
        ...{ inputTokens: 7, outputTokens: 3, costUsd: 0.25, opened: 0 },
      },
    ]);
    const [runs, tokens, usd] = await counted();
    expect([runs, tokens, usd]).toEqual([1, 10, 0.25]);
  });

  it('has no numbers of synthetic runs', async () => {
    const before = await counted();
    step(syntheticTenant);
    expect(lines).toHaveLength(2);
    expect(await counted()).toEqual(before);
  });
});
