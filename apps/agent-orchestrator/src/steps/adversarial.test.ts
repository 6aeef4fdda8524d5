import { describe, expect, it } from '@jest/globals';
import type { RunEvent } from '@lumina/contracts';
import { type ModelClient, scriptedModelClient } from '@lumina/models';
import type { RunStore } from '@lumina/store';
import { eventually } from '@lumina/testing';
import fc from 'fast-check';
import { Bench, accept, answerCall, claim, doorbell, leaseTimes, lumina } from '../testing/bench';
import { AgentLibrary } from '@lumina/store';

const bell = doorbell('r1', 'step:1');

/** The store, with some of its methods replaced. */
const storeWith = (store: RunStore, changes: Partial<RunStore>): RunStore =>
  new Proxy(store, {
    get: (target, name) => {
      const found: unknown = Reflect.get(name in changes ? changes : target, name);
      return typeof found === 'function' ? (found as () => unknown).bind(target) : found;
    },
  });

describe('StepRunner, doorbells that mean nothing', () => {
  it.each(['step:2', 'step:1x', 'call:1.0'])('asks no model for %s, which is not open', async (item) => {
    const bench = new Bench();
    await accept(bench.store);
    const models = scriptedModelClient([]);
    await bench.runner(models).answer(doorbell('r1', item));
    await bench.runner(models).answer(doorbell('unknown', 'step:1'));
    expect(models.asked).toEqual([]);
    expect(bench.logged).toEqual([]);
  });

  it('leaves a step that somebody else holds to its holder', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const { lease } = await claim(bench.store, 'r1', 'step:1');
    const models = scriptedModelClient([]);
    await bench.runner(models).answer(bell);
    expect(models.asked).toEqual([]);
    expect((await bench.store.renew(lease, { leaseMs: 1_000, number: 1 })).kind).toBe('renewed');
  });

  it('answers a doorbell that comes again for a finished step with nothing', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const models = scriptedModelClient([{ text: 'Once.' }]);
    const runner = bench.runner(models);
    await Promise.all([runner.answer(bell), runner.answer(bell), runner.answer(bell)]);
    await runner.answer(bell);
    expect(models.asked).toHaveLength(1);
    expect(await bench.facts()).toHaveLength(3);
  });

  it('does not take a tool call for a step, wherever it is rung for', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const toolCalls = [{ name: 'read_file', args: { path: 'a' } }];
    const runner = bench.runner(scriptedModelClient([{ toolCalls }, { text: 'Read.' }]));
    await runner.answer(bell);
    await runner.answer(doorbell('r1', 'call:1.0'));
    expect(await bench.store.run('r1')).toMatchObject({ status: 'running' });
    await answerCall(bench.store, { run: 'r1', item: 'call:1.0' }, 'content');
    await runner.answer(doorbell('r1', 'step:2'));
    expect(await bench.store.run('r1')).toMatchObject({ status: 'succeeded' });
  });
});

describe('StepRunner, when it loses its step', () => {
  it('stops asking and commits nothing once the lease is lost', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const step = bench.runner(scriptedModelClient([{ hangsAfter: 'Half an ans' }])).answer(bell);
    await eventually('words are shown', async () => (await bench.story('r1')).length > 1);
    bench.aheadMs += leaseTimes.leaseMs + 1;
    const other = await claim(bench.store, 'r1', 'step:1');
    expect(other.lease.epoch).toBe(2);
    await step;
    expect(bench.logged).toMatchObject([{ outcome: 'lost', attempt: 1 }]);
    expect(await bench.facts()).toHaveLength(1);
    expect((await bench.store.renew(other.lease, { leaseMs: 1, number: 1 })).kind).toBe('renewed');
  });

  it('does not commit an answer that came after the lease was lost', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const late: ModelClient = {
      answer: async (chain, request, observer, signal) => {
        bench.aheadMs += leaseTimes.leaseMs + 1;
        await claim(bench.store, 'r1', 'step:1');
        return scriptedModelClient([{ text: 'Too late.' }]).answer(chain, request, observer, signal);
      },
    };
    await bench.runner(late).answer(bell);
    expect(bench.logged).toMatchObject([{ outcome: 'lost' }]);
    expect(await bench.story('r1')).toEqual(['run.accepted']);
  });

  it('gives the step back and rings when the process is to go', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const step = bench.runner(scriptedModelClient([{ hangsAfter: 'Half' }])).answer(bell);
    await eventually('words are shown', async () => (await bench.story('r1')).length > 1);
    bench.letGo.abort();
    await step;
    expect(bench.rung).toMatchObject([{ run: 'r1', item: 'step:1' }]);
    expect(bench.logged).toMatchObject([{ outcome: 'given back' }]);
    const other = new Bench();
    const next = other.runner(scriptedModelClient([{ text: 'Whole.' }]), { store: bench.store });
    await next.answer(bell);
    expect(await bench.story('r1')).toEqual([
      'run.accepted',
      '+Half',
      '-',
      '+Whole.',
      'model.answered',
      'run.succeeded',
    ]);
  });
});

describe('StepRunner, words that do not count', () => {
  it('takes back what an earlier holder had begun to say', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const { lease } = await claim(bench.store, 'r1', 'step:1');
    const events = [{ type: 'delta', messageId: 'half', text: 'Hal' }] as const;
    await bench.store.renew(lease, { leaseMs: 10, number: 1, partialMessageId: 'half', events });
    bench.aheadMs += 11;
    await bench.runner(scriptedModelClient([{ text: 'Whole.' }])).answer(bell);
    const outcome = await bench.store.events('r1', 0);
    if (outcome.kind !== 'events') throw new Error(outcome.kind);
    expect(outcome.events[2]?.event).toEqual({ type: 'discarded', messageId: 'half' });
    expect((await bench.facts())[1]).toMatchObject({ attempt: 2, message: { content: 'Whole.' } });
  });

  it('gives a message that begins anew another name', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const models = scriptedModelClient([{ discarded: 'Wrong', text: 'Right.' }]);
    await bench.runner(models).answer(bell);
    const outcome = await bench.store.events('r1', 0);
    if (outcome.kind !== 'events') throw new Error(outcome.kind);
    const said = outcome.events.flatMap(({ event }) => (event.type === 'delta' ? [event] : []));
    const taken = outcome.events.flatMap(({ event }) =>
      event.type === 'discarded' ? [event.messageId] : [],
    );
    const [, answered] = await bench.facts();
    if (answered?.type !== 'model.answered') throw new Error('no answer');
    expect(taken).toEqual([said[0]?.messageId]);
    expect(said.at(-1)).toEqual({ type: 'delta', messageId: answered.message.id, text: 'Right.' });
    expect(answered.message.id).not.toBe(taken[0]);
  });

  it.each([
    ['the chain of models has failed', {}, 100, 'run.failed'],
    ["the run's wall time is up", { limits: { ...lumina.limits, wallTimeMs: 1_500 } }, 60_000, 'run.expired'],
  ])(
    'takes back what was shown when %s: no journal holds it',
    async (_why, changes, failsAfterMs, ending) => {
      const bench = new Bench();
      await accept(bench.store, { agent: { ...lumina, ...changes }, accepted: changes });
      const half: ModelClient = {
        answer: async (_chain, _request, observer, signal) => {
          observer.onText('Half');
          const isAborted = await new Promise<boolean>((resolve) => {
            signal.addEventListener('abort', () => resolve(true));
            setTimeout(() => resolve(false), failsAfterMs).unref();
          });
          if (isAborted) return { kind: 'aborted' };
          return { kind: 'failed', code: 'LUM_MODEL_UNAVAILABLE', message: 'gone', attempts: 1 };
        },
      };
      await bench.runner(half).answer(bell);
      expect(await bench.story('r1')).toEqual(['run.accepted', '+Half', '-', ending]);
    },
  );

  it('does not take back a message of which nothing was shown', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const silent: ModelClient = {
      answer: (chain, request, observer, signal) => {
        observer.onRestart('before the first word');
        return scriptedModelClient([{ text: 'First.' }]).answer(chain, request, observer, signal);
      },
    };
    await bench.runner(silent).answer(bell);
    expect(await bench.story('r1')).not.toContain('-');
  });
});

describe('StepRunner, when what it leans on breaks', () => {
  const broken = new Error('broken');
  const breaks = async (): Promise<never> => {
    throw broken;
  };

  it.each([
    ['the commit fails', (store: RunStore) => ({ store: storeWith(store, { commit: breaks }) })],
    ['the definition is not to be had', () => ({ agents: new AgentLibrary({ agent: breaks }) })],
    ['the definition is not there', () => ({ agents: new AgentLibrary({ agent: async () => undefined }) })],
    ['the catalogue is not to be had', () => ({ catalogue: { offers: breaks } })],
  ])('gives the step back, to be tried a little later, when %s', async (_what, changesOf) => {
    const bench = new Bench();
    await accept(bench.store);
    const failing = bench.runner(scriptedModelClient([{ text: 'Lost.' }]), changesOf(bench.store));
    await expect(failing.answer(bell)).rejects.toThrow();
    expect((await bench.store.run('r1'))?.items).toMatchObject([{ isOpen: true, owner: undefined }]);
    bench.aheadMs += leaseTimes.leaseMs + 1;
    expect(await bench.store.sweep(10)).toMatchObject([{ run: 'r1', item: 'step:1', cause: 'doorbell' }]);
    await bench.runner(scriptedModelClient([{ text: 'Kept.' }])).answer(bell);
    expect((await bench.facts())[1]).toMatchObject({ message: { content: 'Kept.' } });
  });

  it('rejects for a model client with a bug, and does not fail the run for it', async () => {
    const bench = new Bench();
    await accept(bench.store);
    await expect(bench.runner({ answer: breaks }).answer(bell)).rejects.toThrow('broken');
    expect(await bench.store.run('r1')).toMatchObject({ status: 'running' });
  });

  it('rings for nothing when its commit was refused', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const refusing = storeWith(bench.store, { commit: async () => ({ kind: 'lost' }) });
    await bench.runner(scriptedModelClient([{ text: 'Refused.' }]), { store: refusing }).answer(bell);
    expect(bench.rung).toEqual([]);
    expect(bench.logged).toMatchObject([{ outcome: 'lost' }]);
  });
});

describe('a run among workers that fail anywhere', () => {
  type Fault = 'none' | 'before' | 'after';

  /** Each call of the store fails before or after its effect, as the next fault says. */
  function faulty(store: RunStore, faults: Fault[]): RunStore {
    return new Proxy(store, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]): Promise<unknown> => {
          const fault = faults.shift() ?? 'none';
          if (fault === 'before') throw new Error('the store is away');
          const result: unknown = await Reflect.apply(method, target, args);
          if (fault === 'after') throw new Error('the reply was lost');
          return result;
        };
      },
    });
  }

  async function drive(
    bench: Bench,
    runner: { answer: (bell: ReturnType<typeof doorbell>) => Promise<void> },
  ) {
    for (let round = 0; round < 60; round += 1) {
      if ((await bench.store.run('r1'))?.status !== 'running') return;
      bench.aheadMs += 60_001;
      for (const { run, item } of await bench.store.sweep(10)) {
        if (item.startsWith('call:')) await answerCall(bench.store, { run, item }, 'content');
        else await runner.answer(doorbell(run, item)).catch(() => undefined);
      }
    }
  }

  it('ends once, with one answer a step and events without a gap', async () => {
    const fault = fc.constantFrom<Fault>('none', 'none', 'before', 'after');
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 25 }), async (faults) => {
        const bench = new Bench();
        await accept(bench.store);
        const turnOf = (step: number) =>
          scriptedModelClient(
            step === 1
              ? [{ text: 'Let me see.', toolCalls: [{ name: 'read_file', args: { path: 'a' } }] }]
              : [{ text: 'Seen.' }],
          );
        const models: ModelClient = {
          answer: (chain, request, observer, signal) =>
            turnOf(request.messages.some(({ role }) => role === 'tool') ? 2 : 1).answer(
              chain,
              request,
              observer,
              signal,
            ),
        };
        await drive(bench, bench.runner(models, { store: faulty(bench.store, [...faults]) }));
        const facts = await bench.facts();
        expect(facts.map(({ type }) => type)).toEqual([
          'run.accepted',
          'model.answered',
          'tool.answered',
          'model.answered',
          'run.succeeded',
        ]);
        const outcome = await bench.store.events('r1', 0);
        if (outcome.kind !== 'events') throw new Error(outcome.kind);
        expect(outcome.events.map(({ seq }) => seq)).toEqual(
          outcome.events.map((_event, index) => index + 1),
        );
        expectWordsToMatch(outcome.events.map(({ event }) => event));
      }),
      { numRuns: 150 },
    );
  });

  /** What was shown and not taken back is what was answered. */
  function expectWordsToMatch(events: readonly RunEvent[]): void {
    const shown = new Map<string, string>();
    for (const event of events) {
      if (event.type === 'delta') shown.set(event.messageId, (shown.get(event.messageId) ?? '') + event.text);
      else if (event.type === 'discarded') shown.delete(event.messageId);
      else if (event.type === 'fact' && event.fact.type === 'model.answered') {
        const { id, content } = event.fact.message;
        // A renewal whose fate is unknown may have shown its words or not; never others.
        expect(content.startsWith(shown.get(id) ?? '')).toBe(true);
        shown.delete(id);
      }
    }
    expect([...shown.keys()]).toEqual([]);
  }
});
