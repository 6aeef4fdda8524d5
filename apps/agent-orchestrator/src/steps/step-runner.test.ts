import { describe, expect, it } from '@jest/globals';
import { flagsInForce } from '@lumina/agent';
import { cachedClient, scriptedModelClient } from '@lumina/models';
import { delegationTaskSchema, toolCallTaskSchema } from '@lumina/contracts';
import { Bench, accept, answerCall, claim, doorbell, lumina, thread } from '../testing/bench';

const readFile = { name: 'read_file', args: { path: 'a.txt' }, id: 'c1' };

/** A cache of answers in memory. */
function answers() {
  const kept = new Map<string, string>();
  const cache = {
    get: async (tenant: string, digest: string) => kept.get(tenant + digest),
    put: async (tenant: string, digest: string, json: string) => void kept.set(tenant + digest, json),
    drop: async (tenant: string, digest: string) => void kept.delete(tenant + digest),
  };
  return { kept, cache };
}

describe('StepRunner, when all goes well', () => {
  it('answers in one step: words first, then the facts, then nothing is left to ring for', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const models = scriptedModelClient([{ text: ['All ', 'is well.'] }]);
    await bench.runner(models).answer(doorbell('r1', 'step:1'));
    const story = await bench.story('r1');
    expect(story[0]).toBe('run.accepted');
    expect(
      story
        .slice(1, -2)
        .map((words) => words.slice(1))
        .join(''),
    ).toBe('All is well.');
    expect(story.slice(-2)).toEqual(['model.answered', 'run.succeeded']);
    expect(await bench.store.run('r1')).toMatchObject({ status: 'succeeded' });
    expect(bench.rung).toEqual([]);
  });

  it('answers the same question as before where the agent allows it, and says so in the journal', async () => {
    const bench = new Bench();
    const agent = { ...lumina, temperature: 0, tools: ['read_file'], answerCache: { ttlMs: 60_000 } };
    const scripted = scriptedModelClient([{ text: 'Three.', costUsd: 0.5 }]);
    const { cache } = answers();
    for (const run of ['r1', 'r2']) {
      await accept(bench.store, { agent, run, thread: `t-${run}` });
      await bench.runner(cachedClient(scripted, cache)).answer(doorbell(run, 'step:1'));
    }
    expect(scripted.asked).toHaveLength(1);
    const facts = await bench.facts('t-r2');
    expect(facts.slice(-2)).toMatchObject([
      { type: 'model.answered', message: { content: 'Three.' }, isCached: true, costUsd: 0 },
      { type: 'run.succeeded' },
    ]);
    expect(await bench.story('r2')).toContain('+Three.');
  });

  it("keeps no answer that breaks the agent's rules, and drops one that was kept under others", async () => {
    const bench = new Bench();
    const { kept, cache } = answers();
    const patient = { ...lumina, temperature: 0, tools: ['read_file'], answerCache: { ttlMs: 60_000 } };
    const strict = { ...patient, answer: { maxCharacters: 5 } };
    const accepted = { flags: [...flagsInForce] };
    const play = async (run: string, agent: typeof patient, turns: readonly string[]) => {
      await accept(bench.store, { agent, run, thread: `t-${run}`, accepted });
      const scripted = scriptedModelClient(turns.map((text) => ({ text })));
      const runner = bench.runner(cachedClient(scripted, cache));
      for (const item of ['step:1', 'step:2']) await runner.answer(doorbell(run, item));
      expect(scripted.asked).toHaveLength(turns.length);
      return (await bench.facts(`t-${run}`)).map(({ type }) => type);
    };
    const repaired = ['run.accepted', 'model.answered', 'answer.rejected', 'model.answered', 'run.succeeded'];

    expect(await play('r1', strict, ['Too long.', 'Short'])).toEqual(repaired);
    // Only the answer to the repair, which is another question.
    expect([...kept.values()].map((json) => JSON.parse(json) as unknown)).toMatchObject([
      { content: 'Short' },
    ]);
    kept.clear();
    await play('r2', patient, ['Too long.']);
    expect(kept.size).toBe(1);
    expect(await play('r3', strict, ['Short'])).toEqual(repaired);
    expect([...kept.values()].join()).not.toContain('Too long.');
  });

  it('shows the model the instructions, the thread and the tools that are on offer', async () => {
    const bench = new Bench();
    await accept(bench.store, { content: 'What is in a.txt?' });
    const models = scriptedModelClient([{ text: 'Nothing.' }]);
    await bench.runner(models).answer(doorbell('r1', 'step:1'));
    expect(models.asked).toHaveLength(1);
    expect(models.asked[0]?.chain).toEqual(['simulated/simulated']);
    expect(models.asked[0]?.request).toMatchObject({
      system: 'Be brief.',
      messages: [{ role: 'user', content: 'What is in a.txt?' }],
      maxOutputTokens: 4096,
    });
    const tools = models.asked[0]?.request.tools.map(({ name }) => name);
    expect(tools).toEqual(['read_file', 'list_directory', 'delegate']);
  });

  it("shows the model nothing that is switched off for the run's tenant, and says so to a call of it", async () => {
    const bench = new Bench();
    await accept(bench.store);
    const asked: string[] = [];
    const offFor = (name: string, tenant: string) => {
      asked.push(tenant);
      return name === 'read_file' ? { name, by: 'key:1', at: 1 } : undefined;
    };
    const models = scriptedModelClient([{ toolCalls: [readFile] }]);
    await bench.runner(models, { switches: { offFor } }).answer(doorbell('r1', 'step:1'));
    const tools = models.asked[0]?.request.tools.map(({ name }) => name);
    expect(tools).toEqual(['list_directory', 'delegate']);
    const answer = (await bench.facts()).find(({ type }) => type === 'tool.answered');
    expect(answer).toMatchObject({
      message: { isError: true, content: expect.stringContaining('switched off') },
    });
    expect(new Set(asked)).toEqual(new Set(['acme']));
  });

  it('leaves a run that a later version began to one that knows its flags', async () => {
    const bench = new Bench();
    await accept(bench.store, { accepted: { flags: [...flagsInForce, 999] } });
    const models = scriptedModelClient([{ text: 'Decided the old way.' }]);
    await expect(bench.runner(models).answer(doorbell('r1', 'step:1'))).rejects.toThrow(
      'begun by a later version (flags 999)',
    );
    expect(models.asked).toEqual([]);
    expect((await bench.facts()).map(({ type }) => type)).toEqual(['run.accepted']);
    expect(await bench.store.run('r1')).toMatchObject({ status: 'running' });
  });

  it('asks the models that the agent names, before the default ones', async () => {
    const bench = new Bench();
    await accept(bench.store, {
      agent: { ...lumina, models: ['openai/large', 'openai/small'], temperature: 0 },
    });
    const models = scriptedModelClient([{ text: 'Yes.' }]);
    await bench.runner(models).answer(doorbell('r1', 'step:1'));
    expect(models.asked[0]).toMatchObject({
      chain: ['openai/large', 'openai/small'],
      request: { sampling: { temperature: 0 } },
    });
  });

  it('opens a tool call, rings for it, and goes on with its answer', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const models = scriptedModelClient([{ toolCalls: [readFile] }, { text: 'It says hello.' }]);
    const runner = bench.runner(models);
    await runner.answer(doorbell('r1', 'step:1'));
    expect(bench.rung).toMatchObject([{ run: 'r1', item: 'call:1.0', v: 2 }]);
    const opened = await answerCall(bench.store, { run: 'r1', item: 'call:1.0' }, 'hello');
    expect(opened.map(({ item }) => item)).toEqual(['step:2']);
    await runner.answer(doorbell('r1', 'step:2'));
    expect(models.asked[1]?.request.messages.at(-1)).toMatchObject({ role: 'tool', content: 'hello' });
    expect((await bench.facts()).map(({ type }) => type)).toEqual([
      'run.accepted',
      'model.answered',
      'tool.answered',
      'model.answered',
      'run.succeeded',
    ]);
  });

  it('hands the executor the arguments and the workspace of the thread', async () => {
    const bench = new Bench();
    await accept(bench.store);
    await bench.runner(scriptedModelClient([{ toolCalls: [readFile] }])).answer(doorbell('r1', 'step:1'));
    const { data } = await claim(bench.store, 'r1', 'call:1.0');
    expect(toolCallTaskSchema.parse(JSON.parse(data))).toMatchObject({
      callId: 'c1',
      tool: 'read_file',
      args: { path: 'a.txt' },
      agent: 'lumina',
      nextStep: 2,
      workspaceThread: thread,
    });
  });

  it('runs the calls of one answer side by side, and goes on when the last is in', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const toolCalls = ['a', 'b', 'c'].map((id) => ({ ...readFile, id }));
    const models = scriptedModelClient([{ toolCalls }, { text: 'Done.' }]);
    const runner = bench.runner(models);
    await runner.answer(doorbell('r1', 'step:1'));
    expect(bench.rung.map(({ item }) => item)).toEqual(['call:1.0', 'call:1.1', 'call:1.2']);
    expect(await answerCall(bench.store, { run: 'r1', item: 'call:1.2' }, '3')).toEqual([]);
    expect(await answerCall(bench.store, { run: 'r1', item: 'call:1.0' }, '1')).toEqual([]);
    const last = await answerCall(bench.store, { run: 'r1', item: 'call:1.1' }, '2');
    expect(last.map(({ item }) => item)).toEqual(['step:2']);
    await runner.answer(doorbell('r1', 'step:2'));
    expect(await bench.store.run('r1')).toMatchObject({ status: 'succeeded' });
  });

  it('opens a delegated call for the orchestrator, in the workspace of the root', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const args = { agent: 'researcher', task: 'Find out.' };
    await bench
      .runner(scriptedModelClient([{ toolCalls: [{ name: 'delegate', args, id: 'd1' }] }]))
      .answer(doorbell('r1', 'step:1'));
    expect(bench.rung.map(({ item }) => item)).toEqual(['child:1.0']);
    const { data } = await claim(bench.store, 'r1', 'child:1.0');
    expect(delegationTaskSchema.parse(JSON.parse(data))).toMatchObject({
      ...args,
      depth: 1,
      workspaceThread: thread,
    });
  });

  it.each([
    ['its words', { text: 'Found.' }, { content: 'Found.', isError: false }],
    [
      'its failure as an error',
      { fails: 'LUM_MODEL_UNAVAILABLE', message: 'down' } as const,
      { content: 'Error: the subagent failed: down (LUM_MODEL_UNAVAILABLE)', isError: true },
    ],
  ])("answers the parent's call with %s in the step that ends a subagent", async (_what, turn, answer) => {
    const bench = new Bench();
    await accept(bench.store);
    const args = { agent: 'researcher', task: 'Find out.' };
    const delegates = { toolCalls: [{ name: 'delegate', args, id: 'd1' }] };
    const runner = bench.runner(scriptedModelClient([delegates, turn]));
    await runner.answer(doorbell('r1', 'step:1'));
    const parent = { run: 'r1', thread, item: 'child:1.0', callId: 'd1', messageId: 'm-d1', nextStep: 2 };
    const own = '22222222-2222-4222-8222-222222222222';
    await accept(bench.store, { run: 'r2', thread: own, accepted: { parent, depth: 1 } });
    bench.rung.length = 0;
    await runner.answer(doorbell('r2', 'step:1'));
    expect(bench.rung.map(({ run, item }) => `${run}/${item}`)).toEqual(['r1/step:2']);
    expect((await bench.facts()).at(-1)).toMatchObject({
      type: 'tool.answered',
      run: 'r1',
      message: { toolCallId: 'd1', ...answer },
    });
  });
});

describe('StepRunner, when a run ends early', () => {
  it('fails the run when the chain of models has failed, and says how', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const models = scriptedModelClient([{ fails: 'LUM_MODEL_REJECTED', message: 'no such model' }]);
    await bench.runner(models).answer(doorbell('r1', 'step:1'));
    expect((await bench.facts()).at(-1)).toMatchObject({
      type: 'run.failed',
      failure: { code: 'LUM_MODEL_REJECTED', message: 'no such model' },
    });
  });

  it('ends a run whose wall time is up while the model is answering', async () => {
    const bench = new Bench();
    const limits = { ...lumina.limits, wallTimeMs: 120 };
    await accept(bench.store, { agent: { ...lumina, limits }, accepted: { limits } });
    await bench.runner(scriptedModelClient([{ hangsAfter: 'Wait' }])).answer(doorbell('r1', 'step:1'));
    expect((await bench.facts()).at(-1)).toMatchObject({ failure: { code: 'LUM_WALL_TIME_LIMIT' } });
  });

  it('does not ask a model in a run whose wall time is up already', async () => {
    const bench = new Bench();
    await accept(bench.store, { accepted: { at: Date.now() - lumina.limits.wallTimeMs - 1 } });
    const models = scriptedModelClient([]);
    await bench.runner(models).answer(doorbell('r1', 'step:1'));
    expect(models.asked).toEqual([]);
    expect((await bench.facts()).at(-1)).toMatchObject({ failure: { code: 'LUM_WALL_TIME_LIMIT' } });
  });

  it('closes a step that is open though the run has ended, and keeps its end', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const { lease } = await claim(bench.store, 'r1', 'step:1');
    await bench.store.commit(lease, {
      facts: [{ run: 'r1', at: 1, type: 'run.succeeded' }],
      status: 'running',
      open: [{ item: 'step:2', data: '' }],
    });
    const models = scriptedModelClient([]);
    await bench.runner(models).answer(doorbell('r1', 'step:2'));
    expect(await bench.store.run('r1')).toMatchObject({ status: 'succeeded' });
    expect(await bench.facts()).toHaveLength(2);
  });

  it('answers a call of a tool that there is not without asking an executor', async () => {
    const bench = new Bench();
    await accept(bench.store);
    const models = scriptedModelClient([{ toolCalls: [{ name: 'rm_rf', args: {} }] }, { text: 'Sorry.' }]);
    const runner = bench.runner(models);
    await runner.answer(doorbell('r1', 'step:1'));
    expect(bench.rung.map(({ item }) => item)).toEqual(['step:2']);
    await runner.answer(doorbell('r1', 'step:2'));
    expect(models.asked[1]?.request.messages.at(-1)).toMatchObject({ role: 'tool', isError: true });
  });
});

describe('StepRunner, its log', () => {
  it('is one line a step that holds numbers and names, and nothing that was said', async () => {
    const bench = new Bench();
    const secret = 'CANARY-7391';
    await accept(bench.store, {
      content: `question ${secret}`,
      agent: { ...lumina, instructions: `instructions ${secret}` },
    });
    const asks = { ...readFile, args: { path: secret } };
    const models = scriptedModelClient([
      {
        text: `thinking ${secret}`,
        toolCalls: [asks],
        usage: { inputTokens: 7, outputTokens: 3 },
        costUsd: 0.5,
      },
      { fails: 'LUM_MODEL_REJECTED', message: `the provider said ${secret}` },
    ]);
    const runner = bench.runner(models);
    await runner.answer(doorbell('r1', 'step:1'));
    await answerCall(bench.store, { run: 'r1', item: 'call:1.0' }, `result ${secret}`);
    await runner.answer(doorbell('r1', 'step:2'));
    expect(bench.logged).toHaveLength(2);
    expect(bench.logged[0]).toMatchObject({
      event: 'step',
      run: 'r1',
      thread,
      tenant: 'acme',
      agent: 'lumina',
      item: 'step:1',
      attempt: 1,
      outcome: 'committed',
      status: 'running',
      model: 'simulated/simulated',
      inputTokens: 7,
      outputTokens: 3,
      costUsd: 0.5,
      opened: 1,
    });
    expect(bench.logged[1]).toMatchObject({ item: 'step:2', status: 'failed', outcome: 'committed' });
    expect(JSON.stringify(bench.logged)).not.toContain(secret);
  });
});
