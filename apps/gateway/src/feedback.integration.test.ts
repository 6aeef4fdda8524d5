import { accuracy, feedbackGiven } from './metrics';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { type Call, GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';

describe('feedback about a run', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;
  let path: string;

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await GatewayBench.start(redis.url);
    const thread = String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);
    const body = { input: { messages: [{ role: 'user', content: 'hello' }] } };
    const run = String((await gateway.call(`POST /threads/${thread}/runs`, { body })).json['run_id']);
    await new ScriptedWorker(gateway.store, run).succeed('Done.');
    path = `/threads/${thread}/runs/${run}/feedback`;
  });
  afterAll(async () => {
    await gateway.stop();
    await redis.stop();
  });

  const give = (body: unknown, call: Call = {}) => gateway.call(`POST ${path}`, { ...call, body });

  it('is kept with the run: what answered, by which definition and instructions; and is read again', async () => {
    const given = await give({ score: 4, category: 'correctness', comment: 'Right, and late.' });
    expect(given).toMatchObject({
      status: 201,
      json: {
        ...{ score: 4, category: 'correctness', comment: 'Right, and late.', agent: 'lumina' },
        agent_version: expect.stringMatching(/^[0-9a-f]{64}$/),
        prompt_digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        models: [expect.stringContaining('/')],
        by: expect.stringMatching(/^key:/),
      },
    });
    await give({ score: 1 });
    const { feedback } = (await gateway.call(`GET ${path}`)).json as { feedback: unknown[] };
    expect(feedback).toEqual([given.json, expect.objectContaining({ score: 1, category: 'overall' })]);
  });

  it('is counted by category and score', async () => {
    const { values } = await feedbackGiven.get();
    expect(values).toContainEqual({ labels: { category: 'correctness', rating: '4' }, value: 1 });
    const shares = (await accuracy.get()).values;
    expect(shares).toContainEqual({ labels: { category: 'correctness' }, value: 1 });
    await give({ score: 3, category: 'correctness' });
    expect((await accuracy.get()).values).toContainEqual({ labels: { category: 'correctness' }, value: 0.5 });
  });

  it.each([
    ['no score', {}],
    ['a score between two', { score: 2.5 }],
    ['a score beyond the scale', { score: 6 }],
    ['a category of its own', { score: 3, category: 'colour' }],
    ['a comment without end', { score: 3, comment: 'x'.repeat(2_001) }],
  ])('is refused with %s', async (_what, body) => {
    expect(await give(body)).toMatchObject({ status: 422, json: { code: 'LUM_VALIDATION_FAILED' } });
  });

  it("is neither given nor read by another tenant's key, nor given by one that only reads", async () => {
    expect((await give({ score: 5 }, { key: keys.rival })).status).toBe(404);
    expect((await gateway.call(`GET ${path}`, { key: keys.rival })).status).toBe(404);
    expect((await give({ score: 5 }, { key: keys.reader })).status).toBe(403);
  });

  it('ends with as much as a run keeps', async () => {
    const { feedback } = (await gateway.call(`GET ${path}`)).json as { feedback: unknown[] };
    for (let count = feedback.length; count < 100; count += 1)
      expect((await give({ score: 3 })).status).toBe(201);
    expect(await give({ score: 3 })).toMatchObject({ status: 409, json: { code: 'LUM_FEEDBACK_FULL' } });
  });
});
