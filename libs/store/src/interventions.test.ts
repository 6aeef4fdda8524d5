import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AgentDefinition,
  type FactOf,
  LuminaError,
  agentDefinitionSchema,
  runLimitsSchema,
} from '@lumina/contracts';
import { AgentLibrary } from './agent-library';
import { childIds } from './child-ids';
import { Interventions } from './interventions';
import { MemoryRunStore } from './memory-run-store';
import type { ClaimedItem, Intervention, NewRun, RingableItem } from './run-store';

const thread = '11111111-1111-4111-8111-111111111111';
const parent = '22222222-2222-4222-8222-222222222222';
const agent: AgentDefinition = agentDefinitionSchema.parse({
  name: 'lumina',
  description: 'd',
  instructions: 'i',
});
const cancellation = { by: 'key:1', reason: undefined, isRollback: false };

function newRun(run: string, changes: Partial<NewRun> = {}): NewRun {
  return {
    run,
    thread,
    tenant: 'acme',
    accepted: {
      run,
      at: 1,
      type: 'run.accepted',
      agent: 'lumina',
      agentDigest: 'd1',
      input: [],
      limits: runLimitsSchema.parse({}),
      depth: 0,
    },
    requestDigest: run,
    ifThreadMissing: 'create',
    ifThreadBusy: 'enqueue',
    threadMetadata: {},
    caps: { ofTenant: 0, ofAgent: 0 },
    isListed: true,
    ...changes,
  };
}

function askedFor(run: string): FactOf<'model.answered'> {
  const toolCalls = [{ id: 'c', name: 'delegate', args: {} }];
  return {
    run,
    at: 2,
    type: 'model.answered',
    step: 1,
    message: { role: 'assistant', id: 'm', content: '', toolCalls },
    model: 'm/m',
    usage: { inputTokens: 1, outputTokens: 1 },
    costUsd: 0,
    finishReason: 'tool_calls',
    attempt: 1,
    durationMs: 1,
    timeToFirstTokenMs: 1,
  };
}

describe('Interventions', () => {
  let store: MemoryRunStore;
  let rung: RingableItem[];
  let interventions: Interventions;

  beforeEach(async () => {
    store = new MemoryRunStore();
    rung = [];
    await store.putAgent('d1', JSON.stringify(agent));
    interventions = interventionsOn(store);
  });

  const interventionsOn = (on: MemoryRunStore): Interventions =>
    new Interventions({
      store: on,
      ringer: { ring: async (items) => void rung.push(...items) },
      agents: new AgentLibrary(on),
      catalogue: { offers: async () => new Map() },
    });

  async function claim(run: string, item: string, on = store): Promise<ClaimedItem> {
    const outcome = await on.claim({ run, item }, 'worker', 60_000);
    if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
    return outcome.claimed;
  }

  const facts = async (of: string) => (await store.journal(of)).map(({ fact }) => fact.type);

  it('asks whoever holds the work to stop, and ends nothing itself', async () => {
    await store.create(newRun(parent));
    await claim(parent, 'step:1');
    await interventions.cancel(parent, cancellation);
    expect(await store.run(parent)).toMatchObject({ status: 'running', isCancelled: true });
    expect(await facts(thread)).toEqual(['run.accepted', 'cancel.requested']);
  });

  it('ends a run that waits for its thread, and lets the next one have its turn', async () => {
    const waiting = '33333333-3333-4333-8333-333333333333';
    await store.create(newRun(parent));
    await store.create(newRun(waiting));
    await interventions.cancel(waiting, cancellation);
    expect(await store.run(waiting)).toMatchObject({ status: 'cancelled' });
    expect(await store.thread(thread)).toMatchObject({ activeRun: parent });
  });

  /** A run that waits for a subagent's. Returns the subagent's run. */
  async function delegating(on: MemoryRunStore): Promise<string> {
    await on.create(newRun(parent));
    const step = await claim(parent, 'step:1', on);
    const open = [{ item: 'child:1.0', data: '{}' }];
    await on.commit(step.lease, { facts: [askedFor(parent)], status: 'running', open, nextItem: 'step:2' });
    const child = childIds(parent, 'child:1.0');
    await on.create(newRun(child.run, { thread: child.thread }));
    return child.run;
  }

  it("cancels the subagents' runs with their parent's", async () => {
    const child = await delegating(store);
    await interventions.cancel(parent, cancellation);
    expect(await store.run(child)).toMatchObject({ isCancelled: true });
    expect(await store.run(parent)).toMatchObject({ isCancelled: true });
  });

  it("says that a subagent's run could not be cancelled, and cancels it when it is asked again", async () => {
    let isAway = true;
    class Away extends MemoryRunStore {
      override async intervene(intervention: Intervention) {
        if (isAway && intervention.run !== parent) throw new LuminaError('LUM_STORE_UNAVAILABLE', 'away');
        return super.intervene(intervention);
      }
    }
    const away = new Away();
    await away.putAgent('d1', JSON.stringify(agent));
    const child = await delegating(away);
    const again = interventionsOn(away);
    await expect(again.cancel(parent, cancellation)).rejects.toMatchObject({ code: 'LUM_STORE_UNAVAILABLE' });
    isAway = false;
    await expect(again.cancel(parent, cancellation)).rejects.toMatchObject({ code: 'LUM_CONFLICT' });
    expect(await away.run(child)).toMatchObject({ isCancelled: true });
  });

  it('says when there is nothing left to cancel, or no such run', async () => {
    await store.create(newRun(parent));
    const { lease } = await claim(parent, 'step:1');
    await store.commit(lease, {
      facts: [{ run: parent, at: 3, type: 'run.succeeded' }],
      status: 'succeeded',
      open: [],
    });
    await expect(interventions.cancel(parent, cancellation)).rejects.toMatchObject({ code: 'LUM_RUN_ENDED' });
    await expect(interventions.cancel(thread, cancellation)).rejects.toMatchObject({
      code: 'LUM_RUN_NOT_FOUND',
    });
  });

  it('a second cancellation is a conflict, not a second record', async () => {
    await store.create(newRun(parent));
    await claim(parent, 'step:1');
    await interventions.cancel(parent, cancellation);
    await expect(interventions.cancel(parent, cancellation)).rejects.toMatchObject({ code: 'LUM_CONFLICT' });
    expect((await facts(thread)).filter((type) => type === 'cancel.requested')).toHaveLength(1);
  });

  it('reads again when the run has moved on meanwhile, and gives up on one that never rests', async () => {
    class Restless extends MemoryRunStore {
      conflicts = 0;
      override async intervene(intervention: Intervention) {
        if (this.conflicts === 0) return super.intervene(intervention);
        this.conflicts -= 1;
        return { kind: 'conflict', v: intervention.v + 1 } as const;
      }
    }
    const restless = new Restless();
    await restless.putAgent('d1', JSON.stringify(agent));
    await restless.create(newRun(parent));
    restless.conflicts = 3;
    await interventionsOn(restless).cancel(parent, cancellation);
    expect(await restless.run(parent)).toMatchObject({ isCancelled: true });
    const other = '44444444-4444-4444-8444-444444444444';
    await restless.create(newRun(other, { thread: other }));
    restless.conflicts = 100;
    await expect(interventionsOn(restless).cancel(other, cancellation)).rejects.toMatchObject({
      code: 'LUM_CONFLICT',
    });
  });

  it('refuses a decision where nothing waits for one', async () => {
    await store.create(newRun(parent));
    const answer = {
      item: 'ask:1.0',
      decision: 'approve',
      by: 'key:1',
      argsDigest: undefined,
      args: undefined,
      reason: undefined,
    } as const;
    await expect(interventions.answer(parent, [answer])).rejects.toMatchObject({
      code: 'LUM_APPROVAL_NOT_PENDING',
    });
    expect(rung).toEqual([]);
  });
});
