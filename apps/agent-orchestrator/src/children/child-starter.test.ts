import { describe, expect, it } from '@jest/globals';
import { type DelegationTask, type Fact, runLimitsSchema } from '@lumina/contracts';
import { runContext, traceparentOf } from '@lumina/platform';
import { MemoryRunStore, type NewRun, type RingableItem, type RunStore } from '@lumina/store';
import { accept, claim, doorbell, leaseTimes, thread } from '../testing/bench';
import { type ChildDependencies, ChildStarter } from './child-starter';

const task: DelegationTask = {
  callId: 'd1',
  messageId: 'm-d1',
  agent: 'researcher',
  task: 'Find out.',
  depth: 1,
  nextStep: 2,
  workspaceThread: thread,
};
const researcher = {
  digest: 'digest-of-researcher',
  json: '{}',
  limits: runLimitsSchema.parse({ steps: 3 }),
};
const parent = '33333333-3333-4333-8333-333333333333';
const bell = doorbell(parent, 'child:1.0');

/** A parent whose first answer has delegated, and a starter. */
async function delegated(
  changes: {
    agent?: string;
    traceparent?: string;
    dependencies?: Partial<ChildDependencies>;
    Store?: typeof MemoryRunStore;
  } = {},
) {
  let aheadMs = 0;
  const { Store = MemoryRunStore } = changes;
  const store = new Store(() => Date.now() + aheadMs);
  const ended: string[] = [];
  await accept(store, { run: parent });
  const { lease } = await claim(store, parent, 'step:1');
  const { agent = task.agent, traceparent } = changes;
  const data = JSON.stringify({ ...task, agent, traceparent });
  await store.commit(lease, { facts: [], status: 'running', open: [{ item: 'child:1.0', data }] });
  const rung: RingableItem[] = [];
  let claims = 0;
  const starter = new ChildStarter({
    store,
    ringer: { ring: async (items) => void rung.push(...items) },
    agents: new Map([['researcher', researcher]]),
    leaseTimes,
    nextOwner: () => `starter#${++claims}`,
    nowMs: () => 1_000,
    reached: () => undefined,
    interventions: { cancelChild: async (run) => void ended.push(run) },
    ...changes.dependencies,
  });
  const later = (): void => void (aheadMs += 60_001);
  return { store, rung, ended, starter, later };
}

/** Ends the child's run as an orchestrator would, without a word to its parent. */
async function endQuietly(store: RunStore, run: string, isFailed: boolean): Promise<void> {
  const { lease } = await claim(store, run, 'step:1');
  const message = { role: 'assistant', id: 'm1', content: 'Found.', toolCalls: [] } as const;
  const answered: Fact = {
    ...({ run, at: 1_500, type: 'model.answered', step: 1, message: { ...message, toolCalls: [] } } as const),
    ...{ model: 'a/b', usage: { inputTokens: 1, outputTokens: 1 }, costUsd: 0, finishReason: 'stop' },
    ...{ attempt: 1, durationMs: 1, timeToFirstTokenMs: 1 },
  };
  const failure = { code: 'LUM_STEP_LIMIT', message: 'too many' };
  const ending = isFailed
    ? ({ run, at: 2_000, type: 'run.failed', failure } as const)
    : ({ run, at: 2_000, type: 'run.succeeded' } as const);
  const facts = isFailed ? [ending] : [answered, ending];
  await store.commit(lease, { facts, status: isFailed ? 'failed' : 'succeeded', open: [] });
}

describe('ChildStarter', () => {
  it("starts the subagent's run with the task, the parent and the parent's workspace", async () => {
    const { store, rung, starter } = await delegated();
    await starter.answer(bell);
    expect(rung).toMatchObject([{ item: 'step:1' }]);
    const child = await store.run(rung[0]?.run ?? '');
    expect(child).toMatchObject({ status: 'running', agent: 'researcher', tenant: 'acme' });
    expect(child?.thread).not.toBe(thread);
    const [entry] = await store.journal(child?.thread ?? '');
    expect(entry?.fact).toMatchObject({
      type: 'run.accepted',
      agentDigest: researcher.digest,
      input: [{ role: 'user', content: 'Find out.' }],
      limits: researcher.limits,
      depth: 1,
      parent: { run: parent, thread, item: 'child:1.0', callId: 'd1', messageId: 'm-d1', nextStep: 2 },
      workspaceThread: thread,
    });
    expect(await store.newestRuns('acme', 10)).toEqual([parent]);
    expect(entry?.fact).not.toHaveProperty('traceparent');
  });

  it("starts it in its parent's trace, below its parent's run", async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const { store, rung, starter } = await delegated({ traceparent });
    await starter.answer(bell);
    const child = await store.run(rung[0]?.run ?? '');
    const [entry] = await store.journal(child?.thread ?? '');
    const above = runContext(parent, traceparent);
    expect(entry?.fact).toMatchObject({ traceparent: above && traceparentOf(above) });
  });

  it('leaves the call open and unheld, to be looked at again', async () => {
    const { store, starter } = await delegated();
    await starter.answer(bell);
    const call = (await store.run(parent))?.items.find(({ item }) => item === 'child:1.0');
    expect(call).toMatchObject({ isOpen: true, owner: undefined });
  });

  it('starts once however often it is rung, under the same ids', async () => {
    const { store, rung, starter, later } = await delegated();
    for (let round = 0; round < 3; round += 1) {
      await starter.answer(bell);
      later();
    }
    await Promise.all([starter.answer(bell), starter.answer(bell)]);
    expect(rung).toHaveLength(1);
    const other = await delegated();
    await other.starter.answer(bell);
    expect(other.rung[0]?.run).toBe(rung[0]?.run);
    const child = await store.run(rung[0]?.run ?? '');
    expect(await store.runsOfThread(child?.thread ?? '')).toEqual([child?.run]);
  });

  it.each([
    ['succeeded', false, { content: 'Found.', isError: false }],
    ['failed', true, { content: 'Error: the subagent failed: too many (LUM_STEP_LIMIT)', isError: true }],
  ])('passes on the answer of a child that has %s unheard', async (_how, isFailed, answer) => {
    const { store, rung, starter, later } = await delegated();
    await starter.answer(bell);
    await endQuietly(store, rung[0]?.run ?? '', isFailed);
    later();
    await starter.answer(bell);
    expect((await store.journal(thread)).at(-1)?.fact).toMatchObject({
      type: 'tool.answered',
      run: parent,
      message: { role: 'tool', id: 'm-d1', toolCallId: 'd1', name: 'delegate', ...answer },
    });
    expect(rung.slice(1)).toMatchObject([{ run: parent, item: 'step:2' }]);
  });

  it('answers the call with an error when the agent is not there any more', async () => {
    const { store, rung, starter } = await delegated({ agent: 'gone' });
    await starter.answer(bell);
    expect((await store.journal(thread)).at(-1)?.fact).toMatchObject({
      message: { toolCallId: 'd1', isError: true, content: 'Error: there is no agent "gone" here any more.' },
    });
    expect(rung).toMatchObject([{ run: parent, item: 'step:2' }]);
  });

  describe('in a run that is cancelled', () => {
    const cancelled = async (store: MemoryRunStore): Promise<void> => {
      const { v = 0 } = (await store.run(parent)) ?? {};
      const change = { facts: [], status: 'running', open: [], nextItem: 'step:2' } as const;
      await store.intervene({ ...change, run: parent, v, kind: 'cancel' });
    };

    it('starts no subagent, and answers its call', async () => {
      const { store, rung, ended, starter } = await delegated();
      await cancelled(store);
      await starter.answer(bell);
      expect((await store.journal(thread)).at(-1)?.fact).toMatchObject({
        type: 'tool.answered',
        message: { toolCallId: 'd1', isError: true, content: expect.stringContaining('was cancelled') },
      });
      expect(rung).toMatchObject([{ run: parent, item: 'step:2' }]);
      expect(ended).toEqual([]);
    });

    it('ends the subagent that it had just started', async () => {
      class CancelledMeanwhile extends MemoryRunStore {
        override async create(run: NewRun) {
          const created = await super.create(run);
          if (run.run !== parent) await cancelled(this);
          return created;
        }
      }
      const { rung, ended, starter } = await delegated({ Store: CancelledMeanwhile });
      await starter.answer(bell);
      expect(ended).toEqual([rung[0]?.run]);
    });

    it('ends the subagent that another had started and could not end', async () => {
      const { store, rung, ended, starter, later } = await delegated();
      await starter.answer(bell);
      await cancelled(store);
      later();
      await starter.answer(bell);
      expect(ended).toEqual([rung[0]?.run]);
    });
  });

  it('does nothing for a call that is closed or held', async () => {
    const { store, rung, starter } = await delegated();
    await claim(store, parent, 'child:1.0');
    await starter.answer(bell);
    await starter.answer(doorbell(parent, 'child:9.9'));
    expect(rung).toEqual([]);
  });

  it('gives the call back when the ring or the store fails, and starts the child at the next ring', async () => {
    const { store, rung, starter, later } = await delegated({
      dependencies: {
        ringer: {
          ring: async (items) => {
            if (rung.length === 0) {
              rung.push(...items);
              throw new Error('nobody hears');
            }
            rung.push(...items);
          },
        },
      },
    });
    await expect(starter.answer(bell)).rejects.toThrow('nobody hears');
    const call = (await store.run(parent))?.items.find(({ item }) => item === 'child:1.0');
    expect(call).toMatchObject({ isOpen: true, owner: undefined });
    later();
    await starter.answer(bell);
    const child = rung[0]?.run ?? '';
    // Nobody heard the ring, but the child's own due time stands.
    expect((await store.sweep(10)).map(({ run, item }) => `${run}/${item}`)).toContain(`${child}/step:1`);
  });

  it('gives the call back when the child cannot be created', async () => {
    const { store, rung, starter } = await delegated();
    const broken = new Proxy(store, {
      get: (target, name) => {
        if (name === 'create') return async () => ({ kind: 'mismatch' });
        const found: unknown = Reflect.get(target, name);
        return typeof found === 'function' ? (found as () => unknown).bind(target) : found;
      },
    });
    const failing = new ChildStarter({
      store: broken,
      ringer: { ring: async () => {} },
      agents: new Map([['researcher', researcher]]),
      leaseTimes,
      nextOwner: () => 'failing',
      nowMs: () => 1_000,
      reached: () => undefined,
      interventions: { cancelChild: async () => undefined },
    });
    await expect(failing.answer(bell)).rejects.toThrow('could not be created: mismatch');
    await starter.answer(bell);
    expect(rung).toMatchObject([{ item: 'step:1' }]);
  });
});
