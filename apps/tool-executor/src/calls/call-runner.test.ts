import { describe, expect, it } from '@jest/globals';
import type { RunStore } from '@lumina/store';
import { eventually } from '@lumina/testing';
import { guardedCalls } from '../guarded-call';
import { type ToolContext, failure, ok } from '../tool';
import { testGuards } from '../testing/guards';
import { Bench, bell, claim, echo, leaseTimes, openCalls, task, thread, toolNamed } from '../testing/bench';

/** A tool that runs until it is told to stop. */
function endless() {
  const begun: ToolContext[] = [];
  const tool = toolNamed('echo', (_args, context) => {
    begun.push(context);
    return new Promise(() => undefined);
  });
  return { tool, begun };
}

describe('CallRunner', () => {
  it('runs the call in the workspace of its thread and answers the model', async () => {
    const bench = new Bench();
    await openCalls(bench.store);
    await bench.runner([echo]).answer(bell);
    expect(bench.opened).toEqual([thread]);
    expect(bench.closedWorkspaces).toBe(1);
    const [answer] = await bench.answers();
    expect(answer).toMatchObject({
      message: { id: 'm-c1', toolCallId: 'c1', name: 'echo', content: 'you said hello', isError: false },
      attempt: 1,
      isCached: false,
      digest: 'digest of you said hello',
    });
    expect(bench.rung).toMatchObject([{ run: 'r1', item: 'step:2' }]);
  });

  it('opens nothing for a tool that says it uses no workspace, and refuses it one', async () => {
    const bench = new Bench();
    await openCalls(bench.store);
    const liar = toolNamed('echo', (_args, { workspace }) => workspace.withFile('a', async () => ok('read')));
    await bench.runner([{ ...liar, usesWorkspace: false }]).answer(bell);
    expect(bench.opened).toEqual([]);
    expect((await bench.answers())[0]).toMatchObject({ message: { isError: true } });
  });

  it('answers the same question from the cache, and says so in the journal', async () => {
    const bench = new Bench();
    await openCalls(bench.store, [task, { ...task, callId: 'c2', messageId: 'm-c2' }]);
    let runs = 0;
    const counting = { ...toolNamed('echo', async () => ok(`run ${++runs}`)), cacheMs: 60_000 };
    const runner = bench.runner([counting]);
    await runner.answer(bell);
    await runner.answer({ ...bell, item: 'call:1.1' });
    expect(await bench.answers()).toMatchObject([
      { message: { id: 'm-c1', content: 'run 1' }, isCached: false },
      { message: { id: 'm-c2', content: 'run 1' }, isCached: true },
    ]);
  });

  it('tells the model that a call came too often, and does not run it', async () => {
    const bench = new Bench();
    await openCalls(bench.store, [task, { ...task, callId: 'c2', messageId: 'm-c2' }]);
    let runs = 0;
    const counting = toolNamed('echo', async () => ok(`run ${++runs}`));
    const runner = bench.runner([{ ...counting, rateLimit: { calls: 1, perMs: 60_000 } }]);
    await runner.answer(bell);
    await runner.answer({ ...bell, item: 'call:1.1' });
    expect(runs).toBe(1);
    const answers = await bench.answers();
    expect(answers[1]).toMatchObject({ message: { id: 'm-c2', isError: true }, isCached: false });
    expect(answers[1]?.message.content).toContain('echo may be called 1 times in 60 s');
  });

  it('leaves the call open, as one that was never begun, when its rate cannot be told', async () => {
    const bench = new Bench();
    await openCalls(bench.store);
    const guarded = guardedCalls(testGuards({ limits: { take: () => Promise.reject(new Error('away')) } }));
    const limited = { ...echo, isIdempotent: false, rateLimit: { calls: 1, perMs: 60_000 } };
    await expect(bench.runner([limited], { guarded }).answer(bell)).rejects.toThrow('away');
    expect(await bench.answers()).toEqual([]);
    bench.aheadMs = leaseTimes.leaseMs + 1;
    expect((await claim(bench.store, 'r1', 'call:1.0')).mayHaveBegun).toBe(false);
  });

  it('rings for the next step only when the last call of an answer is in', async () => {
    const bench = new Bench();
    await openCalls(bench.store, [task, { ...task, callId: 'c2', messageId: 'm-c2' }]);
    const runner = bench.runner([echo]);
    await runner.answer({ ...bell, item: 'call:1.1' });
    expect(bench.rung).toEqual([]);
    await runner.answer(bell);
    expect(bench.rung.map(({ item }) => item)).toEqual(['step:2']);
  });

  it('names the call to the tool by a key that every attempt shares', async () => {
    const bench = new Bench();
    await openCalls(bench.store);
    const keys: string[] = [];
    const noting = toolNamed('echo', async (_args, { idempotencyKey }) => {
      keys.push(idempotencyKey);
      return ok('noted');
    });
    const failsOnce = new Proxy(bench.store, {
      get: (target, name) => {
        if (name === 'commit' && keys.length === 1) return () => Promise.reject(new Error('away'));
        const found: unknown = Reflect.get(target, name);
        return typeof found === 'function' ? (found as () => unknown).bind(target) : found;
      },
    });
    const runner = bench.runner([noting], { store: failsOnce });
    await expect(runner.answer(bell)).rejects.toThrow('away');
    await runner.answer(bell);
    expect(keys).toEqual(['r1/call:1.0', 'r1/call:1.0']);
  });

  it.each([
    [
      'says what is wrong',
      async () => failure('not_found', 'no such file'),
      'Error: no such file',
      'not_found',
    ],
    [
      'throws',
      () => Promise.reject(new Error('secret path /root')),
      'Error: echo failed unexpectedly; the fault is not in its arguments',
      'internal',
    ],
  ])(
    'answers with an error when the tool %s, and lets the run go on',
    async (_what, run, content, errorType) => {
      const bench = new Bench();
      await openCalls(bench.store);
      await bench.runner([toolNamed('echo', run)]).answer(bell);
      expect((await bench.answers())[0]?.message).toMatchObject({ content, isError: true });
      expect(bench.info).toMatchObject([{ outcome: 'committed', errorType }]);
      expect(bench.rung.map(({ item }) => item)).toEqual(['step:2']);
      expect(bench.errors).toHaveLength(errorType === 'internal' ? 1 : 0);
    },
  );

  it('answers arguments that do not fit with an error', async () => {
    const bench = new Bench();
    await openCalls(bench.store, [{ ...task, args: { text: 7 } }]);
    await bench.runner([echo]).answer(bell);
    expect((await bench.answers())[0]?.message).toMatchObject({ isError: true });
    expect(bench.info).toMatchObject([{ errorType: 'bad_arguments' }]);
  });

  it('answers a call of a tool that nobody runs any more, under one name in the log', async () => {
    const bench = new Bench();
    await openCalls(bench.store, [{ ...task, tool: 'invented_by_a_model' }]);
    await bench.runner([echo]).answer(bell);
    expect((await bench.answers())[0]?.message).toMatchObject({ name: 'invented_by_a_model', isError: true });
    expect(bench.info).toMatchObject([{ tool: 'unknown', errorType: 'not_found' }]);
    expect(bench.opened).toEqual([]);
  });

  it('never logs the arguments or the result', async () => {
    const bench = new Bench();
    const secret = 'CANARY-5150';
    await openCalls(bench.store, [{ ...task, args: { text: secret } }]);
    await bench.runner([echo]).answer(bell);
    expect((await bench.answers())[0]?.message.content).toContain(secret);
    expect(bench.info).toMatchObject([
      { event: 'call', run: 'r1', thread, tenant: 'acme', agent: 'lumina', tool: 'echo', attempt: 1 },
    ]);
    expect(JSON.stringify([bench.info, bench.errors])).not.toContain(secret);
  });
});

describe('CallRunner, doorbells and leases', () => {
  it.each(['step:1', 'step:2', 'child:1.0', 'call:9.9'])('does nothing for %s', async (item) => {
    const bench = new Bench();
    await openCalls(bench.store);
    await bench.runner([echo]).answer({ ...bell, item });
    await bench.runner([echo]).answer({ ...bell, run: 'unknown' });
    expect(bench.opened).toEqual([]);
    expect(await bench.answers()).toEqual([]);
  });

  it('runs a call once, however often it is rung for', async () => {
    const bench = new Bench();
    await openCalls(bench.store);
    const runner = bench.runner([echo]);
    await Promise.all([runner.answer(bell), runner.answer(bell), runner.answer(bell)]);
    await runner.answer(bell);
    expect(bench.opened).toHaveLength(1);
    expect(await bench.answers()).toHaveLength(1);
  });

  it('stops the tool and commits nothing once the lease is lost', async () => {
    const bench = new Bench();
    await openCalls(bench.store);
    const { tool, begun } = endless();
    const call = bench.runner([tool]).answer(bell);
    await eventually('the tool has begun', () => begun.length === 1);
    bench.aheadMs += leaseTimes.leaseMs + 1;
    const other = await claim(bench.store, 'r1', 'call:1.0');
    await call;
    expect(begun[0]?.signal.aborted).toBe(true);
    expect(bench.info).toMatchObject([{ outcome: 'lost' }]);
    expect(await bench.answers()).toEqual([]);
    expect((await bench.store.renew(other.lease, { leaseMs: 1, number: 1 })).kind).toBe('renewed');
  });

  it('gives the call back and rings when the process is to go', async () => {
    const bench = new Bench();
    await openCalls(bench.store);
    const { tool, begun } = endless();
    const call = bench.runner([tool]).answer(bell);
    await eventually('the tool has begun', () => begun.length === 1);
    bench.letGo.abort();
    await call;
    expect(bench.rung).toMatchObject([{ run: 'r1', item: 'call:1.0' }]);
    expect(await bench.answers()).toEqual([]);
    expect((await claim(bench.store, 'r1', 'call:1.0')).lease.epoch).toBe(2);
  });

  it.each([
    ['the workspace cannot be opened', { workspaces: { open: () => Promise.reject(new Error('disk')) } }],
    ['the ring fails', { ringer: { ring: () => Promise.reject(new Error('disk')) } }],
  ])('rejects when %s, and leaves nothing held', async (_what, changes) => {
    const bench = new Bench();
    await openCalls(bench.store);
    await expect(bench.runner([echo], changes).answer(bell)).rejects.toThrow('disk');
    const held = (await bench.store.run('r1'))?.items.filter(({ owner }) => owner !== undefined);
    expect(held).toEqual([]);
    bench.aheadMs += 60_001;
    expect(await bench.store.sweep(10)).toHaveLength(1);
  });

  it('gives back an item whose task cannot be read', async () => {
    const bench = new Bench();
    await openCalls(bench.store, [{ ...task, nextStep: -1 }]);
    await expect(bench.runner([echo]).answer(bell)).rejects.toThrow();
    const item = (await bench.store.run('r1'))?.items.find(({ item }) => item === 'call:1.0');
    expect(item).toMatchObject({ isOpen: true, owner: undefined });
  });

  it('rings for nothing when its commit was refused', async () => {
    const bench = new Bench();
    await openCalls(bench.store);
    const refusing: RunStore = Object.assign(Object.create(bench.store) as RunStore, {
      commit: async () => ({ kind: 'lost' }) as const,
    });
    await bench.runner([echo], { store: refusing }).answer(bell);
    expect(bench.rung).toEqual([]);
    expect(bench.info).toMatchObject([{ outcome: 'lost' }]);
  });
});
