import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ApprovalAnswer, decide, foldRun } from '@lumina/agent';
import { type Fact, type ToolCallTask, agentDefinitionSchema, toolCallTaskSchema } from '@lumina/contracts';
import { commitOf, isStored } from '@lumina/store';
import { eventually } from '@lumina/testing';
import { Bench, bell, claim, leaseTimes, openCalls, task, thread, toolNamed } from '../testing/bench';
import { type Reconciliation, type Tool, type ToolContext, ok } from '../tool';

const call = { id: 'c1', name: 'echo', args: { text: 'hello' } };

/** The model's answer that asked for the call, as an orchestrator would have recorded it. */
const asked: Fact = {
  ...{ run: 'r1', at: 1, type: 'model.answered', step: 1, model: 'm/m', attempt: 1 },
  message: { role: 'assistant', id: 'm', content: '', toolCalls: [call] },
  usage: { inputTokens: 1, outputTokens: 1 },
  ...{ costUsd: 0, finishReason: 'tool_calls', durationMs: 1, timeToFirstTokenMs: 1 },
};

const agent = agentDefinitionSchema.parse({ name: 'lumina', description: 'd', instructions: 'i' });

/** A call that must not be repeated, and what its tool did and was asked. */
class OnceBench extends Bench {
  runs = 0;
  readonly keys: string[] = [];

  tool(reconcile?: () => Promise<Reconciliation>, run?: Tool['run']): Tool {
    const counted: Tool['run'] = async (args, context) => {
      this.runs += 1;
      return run === undefined ? ok('sent') : run(args, context);
    };
    const asking = (_args: unknown, { idempotencyKey }: ToolContext): Promise<Reconciliation> => {
      this.keys.push(idempotencyKey);
      return (reconcile ?? (() => Promise.reject(new Error('none'))))();
    };
    const base = { ...toolNamed('echo', counted), isIdempotent: false };
    return reconcile === undefined ? base : { ...base, reconcile: asking };
  }

  async open(changes: Partial<ToolCallTask> = {}): Promise<void> {
    await openCalls(this.store, [{ ...task, ...changes }], 'r1', [asked]);
  }

  /** Somebody claims the call and is never heard of again. */
  async fallSilent(item = 'call:1.0'): Promise<void> {
    await claim(this.store, 'r1', item);
    this.aheadMs += leaseTimes.leaseMs + 1;
  }

  async facts(): Promise<readonly Fact[]> {
    return (await this.store.journal(thread)).map(({ fact }) => fact);
  }

  async openItems(): Promise<readonly string[]> {
    const items = (await this.store.run('r1'))?.items ?? [];
    return items.filter(({ isOpen }) => isOpen).map(({ item }) => item);
  }

  private async change(
    kind: 'cancel' | 'decide',
    occurrence: Parameters<typeof decide>[1],
    nowMs: number,
  ): Promise<void> {
    const state = foldRun('r1', await this.store.journal(thread));
    const circumstances = {
      ...{ agent, offers: new Map(), thread, nowMs },
      digest: (text: string) => `digest of ${text}`,
    };
    const command = decide(state, occurrence, circumstances);
    if (!isStored(command)) throw new Error(JSON.stringify(command));
    const v = (await this.store.run('r1'))?.v ?? 0;
    const outcome = await this.store.intervene({ ...commitOf(state, command), run: 'r1', v, kind });
    if (outcome.kind !== 'committed') throw new Error(outcome.kind);
  }

  decide(decision: ApprovalAnswer['decision'], item = 'ask:1.0'): Promise<void> {
    const answer = { item, decision, by: 'key:1', argsDigest: undefined, args: undefined, reason: undefined };
    return this.change('decide', { type: 'approval.answered', answers: [answer] }, Date.now());
  }

  async cancel(): Promise<void> {
    const openItems = await this.openItems();
    const cancel = { by: 'key:1', reason: undefined, isRollback: false, openItems };
    await this.change('cancel', { type: 'cancel.asked', ...cancel }, Date.now());
  }
}

describe('a call that must not be repeated, whose holder fell silent', () => {
  let bench: OnceBench;
  beforeEach(() => {
    bench = new OnceBench();
  });

  it('is answered with what the tool says became of it, and is not run again', async () => {
    await bench.open();
    await bench.fallSilent();
    const tool = bench.tool(async () => ({ kind: 'done', content: 'sent at noon' }));
    await bench.runner([tool]).answer(bell);
    expect(bench.runs).toBe(0);
    expect(bench.keys).toEqual(['r1/call:1.0']);
    expect(await bench.answers()).toMatchObject([
      { message: { content: 'sent at noon', isError: false }, attempt: 2 },
    ]);
    expect(await bench.openItems()).toEqual(['step:2']);
  });

  it('is run when the tool says that the earlier attempt had no effect', async () => {
    await bench.open();
    await bench.fallSilent();
    await bench.runner([bench.tool(async () => ({ kind: 'not_done' }))]).answer(bell);
    expect(bench.runs).toBe(1);
    expect(await bench.answers()).toMatchObject([{ message: { content: 'sent' } }]);
  });

  it.each<[string, (() => Promise<Reconciliation>) | undefined]>([
    ['the tool cannot tell', async () => ({ kind: 'unknown' })],
    ['asking the tool fails', () => Promise.reject(new Error('away'))],
    ['the tool has no way to tell', undefined],
  ])('waits for a person where %s', async (_why, reconcile) => {
    await bench.open({ approvalTimeoutMs: 60_000 });
    await bench.fallSilent();
    const nowMs = 5_000_000;
    await bench.runner([bench.tool(reconcile)], { nowMs: () => nowMs }).answer(bell);
    expect(bench.runs).toBe(0);
    expect(await bench.answers()).toEqual([]);
    expect((await bench.facts()).at(-1)).toEqual({
      ...{ run: 'r1', at: nowMs, type: 'approval.asked', item: 'ask:1.0', callId: 'c1' },
      ...{ why: 'outcome_unknown', argsDigest: 'digest of {"text":"hello"}', expiresAt: nowMs + 60_000 },
    });
    expect(await bench.openItems()).toEqual(['ask:1.0']);
    expect(bench.rung).toEqual([]);
    expect(bench.info).toMatchObject([
      {
        event: 'outcome unknown',
        run: 'r1',
        item: 'call:1.0',
        tool: 'echo',
        attempt: 2,
        outcome: 'committed',
      },
    ]);
    expect(JSON.stringify(bench.info)).not.toContain('hello');
  });

  it('is told to the model where the agent says so, and the run goes on', async () => {
    await bench.open({ onUnknownOutcome: 'tell-model' });
    await bench.fallSilent();
    await bench.runner([bench.tool()]).answer(bell);
    expect(bench.runs).toBe(0);
    const [answer] = await bench.answers();
    expect(answer).toMatchObject({ attempt: 0, message: { toolCallId: 'c1', isError: true } });
    expect(answer?.message.content).toMatch(/may or may not have had its effect/);
    expect(bench.rung.map(({ item }) => item)).toEqual(['step:2']);
  });

  it('is run once more when a person says retry, and not for an approval, which would not know of the first', async () => {
    await bench.open();
    await bench.fallSilent();
    const runner = bench.runner([bench.tool()]);
    await runner.answer(bell);
    await expect(bench.decide('approve')).rejects.toThrow('LUM_VALIDATION_FAILED');
    await bench.decide('retry');
    expect(await bench.openItems()).toEqual(['call:1.0~1']);
    await Promise.all([1, 2, 3].map(() => runner.answer({ ...bell, item: 'call:1.0~1' })));
    expect(bench.runs).toBe(1);
    expect(await bench.answers()).toMatchObject([{ message: { content: 'sent' }, attempt: 1 }]);
    expect(await bench.openItems()).toEqual(['step:2']);
  });

  it('is asked about again, under a new name, when the second attempt is cut off too', async () => {
    await bench.open();
    await bench.fallSilent();
    const runner = bench.runner([bench.tool()]);
    await runner.answer(bell);
    await bench.decide('retry');
    await bench.fallSilent('call:1.0~1');
    await runner.answer({ ...bell, item: 'call:1.0~1' });
    expect(bench.runs).toBe(0);
    expect(await bench.openItems()).toEqual(['ask:1.0~1']);
  });

  it('is answered as refused when a person says that it shall rest', async () => {
    await bench.open();
    await bench.fallSilent();
    await bench.runner([bench.tool()]).answer(bell);
    await bench.decide('reject');
    expect(bench.runs).toBe(0);
    expect((await bench.answers())[0]?.message.content).toContain('a person looked');
  });

  it('leaves the call to others when the journal does not know it', async () => {
    await openCalls(bench.store);
    await bench.fallSilent();
    await expect(bench.runner([bench.tool()]).answer(bell)).rejects.toThrow(/knows no open call/);
    expect(await bench.openItems()).toEqual(['call:1.0']);
  });

  it('is not run by an executor that is to go: it is given back, and still not known', async () => {
    await bench.open();
    await bench.fallSilent();
    bench.letGo.abort();
    const tool = bench.tool(() => new Promise(() => undefined));
    await bench.runner([tool]).answer(bell);
    expect(bench.rung).toMatchObject([{ item: 'call:1.0' }]);
    expect((await claim(bench.store, 'r1', 'call:1.0')).mayHaveBegun).toBe(true);
  });
});

describe('a call that must not be repeated, of which nobody knows that it was begun', () => {
  it('is run when it was only released', async () => {
    const bench = new OnceBench();
    await bench.open();
    const { lease } = await claim(bench.store, 'r1', 'call:1.0');
    await bench.store.renew(lease, { leaseMs: 0, lookAgainMs: 0, mayHaveBegun: false, number: 1 });
    await bench.runner([bench.tool()]).answer(bell);
    expect(bench.runs).toBe(1);
  });

  it('is run after its workspace could not be opened', async () => {
    const bench = new OnceBench();
    await bench.open();
    const tool = bench.tool();
    const broken = { workspaces: { open: () => Promise.reject(new Error('disk')) } };
    await expect(bench.runner([tool], broken).answer(bell)).rejects.toThrow('disk');
    await bench.runner([tool]).answer(bell);
    expect(bench.runs).toBe(1);
    expect(await bench.answers()).toMatchObject([{ message: { content: 'sent' } }]);
  });

  it('counts as begun once its tool was at work when the executor had to go', async () => {
    const bench = new OnceBench();
    await bench.open();
    const tool = bench.tool(undefined, () => new Promise(() => undefined));
    const answering = bench.runner([tool]).answer(bell);
    await eventually('the tool has begun', () => bench.runs === 1);
    bench.letGo.abort();
    await answering;
    await bench.runner([tool], { letGo: new AbortController().signal }).answer(bell);
    expect(bench.runs).toBe(1);
    expect(await bench.openItems()).toEqual(['ask:1.0']);
  });

  it('counts as begun when its answer could not be committed', async () => {
    const bench = new OnceBench();
    await bench.open();
    const commit = () => Promise.reject(new Error('away'));
    const store = Object.assign(Object.create(bench.store) as typeof bench.store, { commit });
    await expect(bench.runner([bench.tool()], { store }).answer(bell)).rejects.toThrow('away');
    expect((await claim(bench.store, 'r1', 'call:1.0')).mayHaveBegun).toBe(true);
  });
});

describe('a cancelled run', () => {
  it.each<[string, Partial<ToolCallTask>, boolean, Reconciliation['kind'] | undefined]>([
    ['that nobody had taken', {}, false, undefined],
    ['that had no effect when its holder fell silent', {}, true, 'not_done'],
  ])('has a call %s answered without running the tool', async (_which, changes, isSilent, left) => {
    const bench = new OnceBench();
    await bench.open(changes);
    if (isSilent) await bench.fallSilent();
    await bench.cancel();
    const reconcile = left === 'not_done' ? async () => ({ kind: left }) : undefined;
    await bench.runner([bench.tool(reconcile)]).answer(bell);
    expect(bench.runs).toBe(0);
    expect(await bench.answers()).toMatchObject([{ message: { isError: true } }]);
    expect(bench.info.at(-1)).toMatchObject({ errorType: 'cancelled' });
    expect(await bench.openItems()).toEqual(['step:2']);
  });

  it('runs no tool again, though it might be repeated', async () => {
    const bench = new OnceBench();
    await bench.open();
    await bench.fallSilent();
    await bench.cancel();
    await bench.runner([{ ...bench.tool(), isIdempotent: true }]).answer(bell);
    expect(bench.runs).toBe(0);
    expect(await bench.openItems()).toEqual(['step:2']);
  });

  it('asks no person about an unknown outcome, even when it is cancelled while the tool is asked', async () => {
    const bench = new OnceBench();
    await bench.open();
    await bench.fallSilent();
    const tool = bench.tool(async () => {
      await bench.cancel();
      return { kind: 'unknown' };
    });
    await bench.runner([tool]).answer(bell);
    expect(bench.runs).toBe(0);
    expect(await bench.openItems()).toEqual(['step:2']);
    expect(await bench.answers()).toMatchObject([{ attempt: 0, message: { isError: true } }]);
  });

  it.each<[string, (bench: OnceBench, tell: () => void) => Promise<void>]>([
    ['a message', async (_bench, tell) => tell()],
    ['the next renewal', (bench) => bench.cancel()],
  ])('stops the tool that is at work, told by %s', async (_how, cancel) => {
    const bench = new OnceBench();
    await bench.open();
    let tell = (): void => undefined;
    const signals: AbortSignal[] = [];
    const tool = bench.tool(undefined, (_args, { signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const cancellations = {
      watch: (_run: string, listener: () => void) => ((tell = listener), () => undefined),
    };
    const answering = bench.runner([tool], { cancellations }).answer(bell);
    await eventually('the tool has begun', () => bench.runs === 1);
    await cancel(bench, () => tell());
    await answering;
    expect(signals[0]?.aborted).toBe(true);
    expect(await bench.answers()).toMatchObject([
      { message: { content: 'Error: echo was cancelled', isError: true }, attempt: 1 },
    ]);
  });
});

describe('what a call carries', () => {
  it('asks a person, within a day, unless its agent says otherwise', () => {
    const { onUnknownOutcome, approvalTimeoutMs, ...bare } = task;
    expect([onUnknownOutcome, approvalTimeoutMs]).toEqual(['ask-person', 1_000]);
    expect(toolCallTaskSchema.parse(bare)).toMatchObject({
      onUnknownOutcome: 'ask-person',
      approvalTimeoutMs: 86_400_000,
    });
  });
});

describe('a tool whose other end falls silent half-way', () => {
  const silent: Tool['run'] = async () => ({
    ...{ kind: 'error', type: 'unavailable', message: 'it was lost while it ran this' },
    isOutcomeUnknown: true,
  });

  it('has an unknown outcome, as after a crash: a person is asked, and it is not run again', async () => {
    const bench = new OnceBench();
    await bench.open();
    await bench.runner([bench.tool(undefined, silent)]).answer(bell);
    expect(await bench.openItems()).toEqual(['ask:1.0']);
    expect((await bench.facts()).at(-1)).toMatchObject({ type: 'approval.asked', why: 'outcome_unknown' });
    expect(bench.runs).toBe(1);
  });

  it('is told to the model where the agent says so', async () => {
    const bench = new OnceBench();
    await bench.open({ onUnknownOutcome: 'tell-model' });
    await bench.runner([bench.tool(undefined, silent)]).answer(bell);
    expect((await bench.facts()).at(-1)).toMatchObject({
      type: 'tool.answered',
      message: { isError: true, content: expect.stringContaining('unknown') },
    });
  });

  it('is an error like any other where it may be repeated', async () => {
    const bench = new OnceBench();
    await bench.open();
    const tool = { ...bench.tool(undefined, silent), isIdempotent: true };
    await bench.runner([tool]).answer(bell);
    expect((await bench.facts()).at(-1)).toMatchObject({
      type: 'tool.answered',
      message: { isError: true, content: expect.stringContaining('was lost') },
    });
  });
});
