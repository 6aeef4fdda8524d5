import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decide, foldRun } from '@lumina/agent';
import type { AgentDefinition } from '@lumina/contracts';
import { createService, parseSettings } from '@lumina/platform';
import { Ringer } from '@lumina/queue';
import { RedisRunStore, DurableWriter, ToolCatalogue, commitOf, isStored } from '@lumina/store';
import { type ThrowawayRedis, eventually, freePort, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { AppModule } from './app.module';
import { orchestratorSettings } from './settings';
import { accept, answerCall, lumina } from './testing/bench';
import { type ModelServer, startModelServer } from './testing/model-server';

const asking = '44444444-4444-4444-8444-444444444444';
const agent = { ...lumina, subagents: ['code-executor'] };

/** The whole orchestrator on a real Redis, with a model server; the executor is played by the test. */
describe('the orchestrator', () => {
  let directory: string;
  let port: number;
  let redis: ThrowawayRedis;
  let client: Redis;
  let store: RedisRunStore;
  let ringer: Ringer;
  let models: ModelServer;
  let app: Awaited<ReturnType<typeof createService>>;
  let goOn: () => void = () => undefined;
  const halfway = new Promise<void>((resolve) => {
    goOn = resolve;
  });

  const startAgain = (): Promise<ThrowawayRedis> =>
    startRedis(['--port', String(port), '--dir', directory, '--appendonly', 'yes']);

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lumina-orchestrator-'));
    port = await freePort();
    redis = await startAgain();
    const url = `redis://127.0.0.1:${port}/0`;
    client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    client.on('error', () => undefined);
    store = new RedisRunStore(
      new DurableWriter(client, { replicas: 0, waitMs: 500, deadlineMs: 8_000 }),
      client,
    );
    ringer = new Ringer({ port, host: '127.0.0.1' }, () => undefined);
    models = await startModelServer((messages) => {
      const question = messages.findLast(({ role }) => role === 'user')?.content;
      if (question === 'slow') return { text: 'Slow, but whole.', halfway };
      if (question === 'delegate' && messages.at(-1)?.role === 'user') {
        const args = { agent: 'code-executor', task: 'Say hello.' };
        return { toolCalls: [{ name: 'delegate', args }] };
      }
      if (question === 'read' && messages.at(-1)?.role === 'user') {
        return { toolCalls: [{ name: 'read_file', args: { path: 'a.txt' } }] };
      }
      return { text: `Answer to ${String(question)}.` };
    });
    await new ToolCatalogue(client).publish([
      {
        ...{ name: 'read_file', description: 'Reads.', parameters: { type: 'object' }, risk: 'read' },
        ...{ isIdempotent: true, timeoutMs: 1_000 },
      },
    ]);
    const settings = parseSettings(orchestratorSettings, {
      LUMINA_REDIS_URL: url,
      LUMINA_SIMULATED_BASE_URL: models.url,
      LUMINA_MODEL: 'simulated/simulated',
      LUMINA_LOG_LEVEL: 'silent',
      LUMINA_LEASE: '1s',
      LUMINA_SWEEP_INTERVAL: '100ms',
      LUMINA_DRAIN_TIMEOUT: '1s',
    });
    app = await createService(AppModule.of(settings), { bodyBytes: 1_024 });
    await app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app.close();
    await ringer.close();
    client.disconnect();
    await models.close();
    await redis.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const ended = (run: string) =>
    eventually(`${run} ends`, async () => {
      const snapshot = await store.run(run);
      return snapshot?.status === 'running' || snapshot?.status === 'queued' ? undefined : snapshot;
    });

  async function begin(run: string, content: string): Promise<string> {
    const { thread } = await accept(store, { agent, run, content, thread: `thread-of-${run}` });
    await ringer.ring([{ run, item: 'step:1', v: 1, place: 1 }]);
    return thread;
  }

  it('is ready, and says so', async () => {
    const url = await app.getUrl();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      details: { redis: { status: 'up' }, worker: { status: 'up' } },
    });
  });

  it('answers a doorbell to the end of the run, and counts it', async () => {
    const thread = await begin('plain', 'hello');
    expect(await ended('plain')).toMatchObject({ status: 'succeeded' });
    const journal = await store.journal(thread);
    expect(journal[1]?.fact).toMatchObject({
      message: { content: 'Answer to hello.' },
      model: 'simulated/simulated',
    });
    const metrics = await (await fetch(`${await app.getUrl()}/metrics`)).text();
    expect(metrics).toMatch(/lumina_runs_total\{[^}]*outcome="succeeded"[^}]*\} 1/);
    expect(metrics).toMatch(/lumina_llm_tokens_total\{[^}]*type="input"[^}]*\} 5/);
  });

  it('goes on by itself with a run that nobody rang for', async () => {
    await accept(store, { run: 'unheard', thread: 'thread-of-unheard' });
    expect(await ended('unheard')).toMatchObject({ status: 'succeeded' });
  });

  it('opens tool calls for executors and goes on with their answers', async () => {
    const thread = await begin('reads', 'read');
    await eventually('the call is open', async () => {
      const items = (await store.run('reads'))?.items ?? [];
      return items.some(({ item, isOpen }) => item === 'call:1.0' && isOpen);
    });
    await ringer.ring(await answerCall(store, { run: 'reads', item: 'call:1.0' }, 'content of a.txt'));
    expect(await ended('reads')).toMatchObject({ status: 'succeeded' });
    const types = (await store.journal(thread)).map(({ fact }) => fact.type);
    expect(types).toContain('tool.answered');
    expect(models.asked.some(({ messages }) => messages.at(-1)?.content === 'content of a.txt')).toBe(true);
  });

  it('runs a subagent and hands its answer to the run that asked', async () => {
    const thread = await begin(asking, 'delegate');
    expect(await ended(asking)).toMatchObject({ status: 'succeeded' });
    const answers = (await store.journal(thread)).flatMap(({ fact }) =>
      fact.type === 'tool.answered' ? [fact.message] : [],
    );
    expect(answers).toMatchObject([{ name: 'delegate', content: 'Answer to Say hello..', isError: false }]);
  });

  describe('a run that has used its tokens', () => {
    const waiting: AgentDefinition = {
      ...agent,
      onLimit: 'wait',
      approvalTimeoutMs: 700,
      limits: { ...agent.limits, tokens: 1 },
    };

    async function short(run: string): Promise<string> {
      const { thread } = await accept(store, { agent: waiting, run, content: 'read', thread: `of-${run}` });
      await eventually('the call is open', async () =>
        (await store.run(run))?.items.some(({ item, isOpen }) => item === 'call:1.0' && isOpen),
      );
      await ringer.ring(await answerCall(store, { run, item: 'call:1.0' }, 'content'));
      await eventually('it asks', async () =>
        (await store.run(run))?.items.some(({ item, isOpen }) => item === 'budget:2' && isOpen),
      );
      return thread;
    }

    it('goes on with what it is granted', async () => {
      const run = 'granted';
      const thread = await short(run);
      const journal = await store.journal(thread);
      const answer = {
        item: 'budget:2',
        decision: 'grant',
        by: 'key',
        more: 10_000,
        reason: undefined,
      } as const;
      const state = foldRun(run, journal);
      const now = { agent: waiting, offers: new Map(), thread, nowMs: Date.now(), digest: String };
      const command = decide(state, { type: 'budget.answered', answer }, now);
      if (!isStored(command)) throw new Error(command.type);
      const v = (await store.run(run))?.v ?? 0;
      const outcome = await store.intervene({ ...commitOf(state, command), run, v, kind: 'decide' });
      await ringer.ring(outcome.kind === 'committed' ? outcome.opened : []);
      expect(await ended(run)).toMatchObject({ status: 'succeeded' });
      const steps = (await store.run(run))?.items.map(({ item }) => item);
      expect(steps).toEqual(expect.arrayContaining(['step:1', 'budget:2', 'step:2~1']));
      const second = (await store.journal(thread)).map(({ fact }) => fact).at(-2);
      expect(second).toMatchObject({ type: 'model.answered', step: 2, message: { id: 'msg-granted-2~1-1' } });
    });

    it('ends at its limit when nobody grants more in time', async () => {
      const thread = await short('ungranted');
      expect(await ended('ungranted')).toMatchObject({ status: 'failed' });
      expect((await store.journal(thread)).slice(-2).map(({ fact }) => fact)).toMatchObject([
        { type: 'budget.refused', by: 'expiry' },
        { type: 'run.failed', failure: { code: 'LUM_TOKEN_LIMIT' } },
      ]);
    });
  });

  it('finishes a run through a restart of Redis', async () => {
    await begin('survives', 'slow');
    await eventually('the model is asked', () =>
      models.asked.some(({ messages }) => messages.at(-1)?.content === 'slow'),
    );
    await redis.stop();
    redis = await startAgain();
    goOn();
    expect(await ended('survives')).toMatchObject({ status: 'succeeded' });
    const facts = (await store.journal('thread-of-survives')).map(({ fact }) => fact.type);
    expect(facts).toEqual(['run.accepted', 'model.answered', 'run.succeeded']);
  });
});
