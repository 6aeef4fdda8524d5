import { describe, expect, it } from '@jest/globals';
import { luminaFileSchema } from '@lumina/agent';
import { type CreateOutcome, MemoryRunStore, type RingableItem } from '@lumina/store';
import { AgentRegister, assistantIdOf } from '../agents/agent-register';
import { RunIntake, type RunRequest } from './run-intake';

const file = luminaFileSchema.parse({
  defaultAgent: 'lumina',
  agents: {
    lumina: { description: 'd', instructions: 'i', limits: { steps: 7 } },
    other: { description: 'd', instructions: 'i' },
  },
});
const thread = '66666666-6666-4666-8666-666666666666';
const request = (changes: Partial<RunRequest> = {}): RunRequest => ({
  ...{ tenant: 'acme', agent: undefined, thread: undefined, input: [{ id: undefined, text: 'hello' }] },
  ...{ ifThreadMissing: 'create', ifThreadBusy: 'enqueue', metadata: {}, idempotencyKey: undefined },
  ...changes,
});

function intake(outcome?: CreateOutcome) {
  const store = new MemoryRunStore();
  const rung: RingableItem[] = [];
  const put: string[] = [];
  const agents = new AgentRegister(file, {
    putAgent: async (digest, json) => {
      put.push(digest);
      await store.putAgent(digest, json);
    },
  });
  const create = outcome === undefined ? store.create.bind(store) : async () => outcome;
  const ringer = { ring: async (items: readonly RingableItem[]) => void rung.push(...items) };
  return { store, rung, put, agents, intake: new RunIntake({ create }, ringer, agents) };
}

const accept = (runs: RunIntake, wish: RunRequest) => runs.accept(runs.plan(wish));

describe('RunIntake', () => {
  it('creates the run, then rings for its first step', async () => {
    const { store, rung, intake: runs } = intake();
    const { run, thread: own, isNew, agent } = await accept(runs, request());
    expect({ isNew, name: agent.definition.name }).toEqual({ isNew: true, name: 'lumina' });
    expect(rung).toEqual([{ run, item: 'step:1', v: 1, place: 1 }]);
    expect(await store.run(run)).toMatchObject({ thread: own, tenant: 'acme', status: 'running' });
    const [entry] = await store.journal(own);
    expect(entry?.fact).toMatchObject({ agentDigest: agent.digest, limits: { steps: 7 }, depth: 0 });
  });

  it('gives the store the definition that it misses, and tries again', async () => {
    const { put, intake: runs } = intake();
    await accept(runs, request());
    await accept(runs, request());
    expect(put).toHaveLength(1);
  });

  it('makes one run of the same key and the same request, and rings once', async () => {
    const { rung, store, intake: runs } = intake();
    const keyed = request({ idempotencyKey: 'k1' });
    const accepted = await Promise.all([accept(runs, keyed), accept(runs, keyed), accept(runs, keyed)]);
    expect(new Set(accepted.map(({ run }) => run)).size).toBe(1);
    expect(accepted.map(({ isNew }) => isNew).sort()).toEqual([false, false, true]);
    expect(await store.newestRuns('acme', 10)).toHaveLength(1);
    expect(rung).toHaveLength(1);
  });

  it('keeps the keys of tenants apart', async () => {
    const { intake: runs } = intake();
    const first = await accept(runs, request({ idempotencyKey: 'k1' }));
    const second = await accept(runs, request({ idempotencyKey: 'k1', tenant: 'rival' }));
    expect(second.run).not.toBe(first.run);
    expect(second.isNew).toBe(true);
  });

  it.each([
    ['text', { input: [{ id: undefined, text: 'other' }] }],
    ['message id', { input: [{ id: 'm1', text: 'hello' }] }],
    ['agent', { agent: 'other' }],
    ['thread', { thread }],
  ])('refuses a key that was used with another %s', async (_what, changes) => {
    const { intake: runs } = intake();
    await accept(runs, request({ idempotencyKey: 'k1' }));
    const again = accept(runs, request({ idempotencyKey: 'k1', ...changes }));
    await expect(again).rejects.toMatchObject({ code: 'LUM_IDEMPOTENCY_MISMATCH' });
  });

  it('lets a second run of a thread wait without a ring, or refuses it, as asked', async () => {
    const { rung, intake: runs } = intake();
    const { run } = await accept(runs, request({ thread }));
    const { isNew } = await accept(runs, request({ thread }));
    expect(isNew).toBe(true);
    expect(rung).toHaveLength(1);
    const refused = accept(runs, request({ thread, ifThreadBusy: 'reject' }));
    await expect(refused).rejects.toMatchObject({
      code: 'LUM_THREAD_BUSY',
      message: expect.stringContaining(run),
    });
  });

  it('requires the thread where asked to, and never for a thread of its own', async () => {
    const { intake: runs } = intake();
    const missing = accept(runs, request({ thread, ifThreadMissing: 'require' }));
    await expect(missing).rejects.toMatchObject({ code: 'LUM_THREAD_NOT_FOUND' });
    expect((await accept(runs, request({ ifThreadMissing: 'require' }))).isNew).toBe(true);
  });

  it('says that the store lost the definition when it misses it twice', async () => {
    const { intake: runs, put } = intake({ kind: 'agent-missing' });
    await expect(accept(runs, request())).rejects.toMatchObject({ code: 'LUM_STORE_UNAVAILABLE' });
    expect(put).toHaveLength(1);
  });

  it('keeps the ids that messages bring, and names the others', async () => {
    const { store, intake: runs } = intake();
    const input = [
      { id: 'mine', text: 'a' },
      { id: undefined, text: 'b' },
    ];
    const { thread: own } = await accept(runs, request({ input }));
    const [entry] = await store.journal(own);
    expect(entry?.fact).toMatchObject({
      input: [{ id: 'mine' }, { id: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
    });
  });
});

describe('AgentRegister', () => {
  it('finds an agent by its name, by its id, and the default one by nothing', () => {
    const { agents } = intake();
    expect(agents.find('other').definition.name).toBe('other');
    expect(agents.find(assistantIdOf('other')).definition.name).toBe('other');
    expect(agents.find(undefined).definition.name).toBe('lumina');
    expect(agents.list().map(({ assistantId }) => assistantId)).toEqual(
      ['lumina', 'other'].map(assistantIdOf),
    );
  });

  it.each(['nobody', '', 'constructor'])('names those that there are when it is asked for %j', (name) => {
    const { agents } = intake();
    expect(() => agents.find(name)).toThrow(/There are: lumina, other\./);
    expect(() => agents.find(name)).toThrow(expect.objectContaining({ code: 'LUM_AGENT_NOT_FOUND' }));
  });
});
