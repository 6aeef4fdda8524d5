import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createService, parseSettings } from '@lumina/platform';
import { Ringer } from '@lumina/queue';
import { DurableWriter, RedisRunStore, ToolCatalogue, ToolSwitches } from '@lumina/store';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { AppModule } from './app.module';
import { sandboxedToolNames } from './programs/sandboxed-tools';
import { executorSettings } from './settings';
import { openCalls, task, thread } from './testing/bench';
import { tools } from './tools';

/** The whole executor on a real Redis; the orchestrator is played by the test. */
describe('the executor', () => {
  let root: string;
  let redis: ThrowawayRedis;
  let client: Redis;
  let store: RedisRunStore;
  let writer: DurableWriter;
  let ringer: Ringer;
  let app: Awaited<ReturnType<typeof createService>>;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'lumina-executor-'));
    await mkdir(join(root, thread));
    await writeFile(join(root, thread, 'a.txt'), 'first line\nsecond line\n');
    redis = await startRedis();
    client = new Redis(redis.url);
    writer = new DurableWriter(client, { replicas: 0, waitMs: 500, deadlineMs: 5_000 });
    store = new RedisRunStore(writer, client);
    ringer = new Ringer({ port: redis.port, host: '127.0.0.1' }, () => undefined);
    const settings = parseSettings(executorSettings, {
      LUMINA_REDIS_URL: redis.url,
      LUMINA_WORKSPACE_ROOT: root,
      LUMINA_LOG_LEVEL: 'silent',
      LUMINA_DRAIN_TIMEOUT: '1s',
    });
    app = await createService(AppModule.of(settings), { bodyBytes: 1_024 });
    await app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app.close();
    await ringer.close();
    client.disconnect();
    await redis.stop();
    await rm(root, { recursive: true, force: true });
  });

  /** Opens calls in a run, rings, and waits for the answers in the order in which they were asked for. */
  async function answersTo(run: string, calls: readonly { tool: string; args: Record<string, unknown> }[]) {
    const own = (index: number) => `${run}-c${index}`;
    const tasks = calls.map((call, index) => ({
      ...task,
      ...call,
      callId: own(index),
      messageId: `m-${own(index)}`,
    }));
    await openCalls(store, tasks, run);
    await ringer.ring(tasks.map((_task, index) => ({ run, item: `call:1.${index}`, v: 2, place: 1 })));
    return eventually('all calls are answered', async () => {
      const messages = (await store.journal(thread)).flatMap(({ fact }) =>
        fact.type === 'tool.answered' && fact.run === run ? [fact.message] : [],
      );
      return messages.length === tasks.length
        ? tasks.map(({ callId }) => messages.find(({ toolCallId }) => toolCallId === callId))
        : undefined;
    });
  }

  /** Ends the run, so that the thread is free for the next. */
  async function end(run: string): Promise<void> {
    const claimed = await store.claim({ run, item: 'step:2' }, 'test', 5_000);
    if (claimed.kind !== 'claimed') throw new Error(claimed.kind);
    await store.commit(claimed.claimed.lease, {
      facts: [{ run, at: 1, type: 'run.succeeded' }],
      status: 'succeeded',
      open: [],
    });
  }

  it('publishes the tools that it runs, with schemas for models', async () => {
    const offers = await new ToolCatalogue(client).offers();
    const ofTheWeb = ['web_search', 'web_crawl', 'fetch_as_markdown', 'get_weather'];
    const names = [...tools.map(({ name }) => name), ...sandboxedToolNames, ...ofTheWeb];
    expect([...offers.keys()].sort()).toEqual(names.sort());
    expect(offers.get('read_file')?.parameters).toMatchObject({ type: 'object', required: ['path'] });
  });

  it('is ready, and says so', async () => {
    const ready = await fetch(`${await app.getUrl()}/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      details: {
        redis: { status: 'up' },
        worker: { status: 'up' },
        sandbox: { status: 'up', message: expect.stringMatching(/^bubblewrap/) },
      },
    });
  });

  it('shows what a program prints while it runs, behind what was shown before, and the rest with its answer', async () => {
    const run = 'printing';
    const code = `import time\nfor n in range(3):\n    print('line', n, flush=True)\n    time.sleep(0.6)\nprint('last', end='')`;
    const [answer] = await answersTo(run, [{ tool: 'run_code', args: { language: 'python', code } }]);
    expect(answer?.content).toContain('line 0\nline 1\nline 2\nlast');
    const outcome = await store.events(run, 0);
    const events = outcome.kind === 'events' ? outcome.events.map(({ event }) => event) : [];
    const printed = events.flatMap((event) => (event.type === 'output' ? [event.text] : []));
    expect(printed.length).toBeGreaterThan(2);
    expect(printed.join('')).toBe('line 0\nline 1\nline 2\nlast');
    expect(events.at(-1)).toMatchObject({ type: 'fact', fact: { type: 'tool.answered' } });
    await end(run);
  });

  it('runs calls side by side in the workspace of the thread, and opens the next step', async () => {
    const answers = await answersTo('r1', [
      { tool: 'read_file', args: { path: 'a.txt' } },
      { tool: 'list_directory', args: { path: '.' } },
      { tool: 'read_file', args: { path: 'b.txt' } },
    ]);
    expect(answers.map((answer) => answer?.isError)).toEqual([false, false, true]);
    expect(answers[0]?.content).toContain('second line');
    expect(answers[1]?.content).toContain('a.txt');
    const step = (await store.run('r1'))?.items.find(({ item }) => item === 'step:2');
    expect(step).toMatchObject({ isOpen: true });
    await end('r1');
  });

  it('runs programs in the sandbox, in the workspace of the thread', async () => {
    const [listed, refused] = await answersTo('r3', [
      { tool: 'shell', args: { argv: ['ls'] } },
      { tool: 'shell', args: { argv: ['find', '.', '-exec', 'touch', 'x', ';'] } },
    ]);
    expect(listed?.content).toMatch(
      /^<untrusted-content source=[^>]*>\nexit code 0[\s\S]*\na\.txt\n<\/untrusted-content /,
    );
    expect(refused).toMatchObject({ isError: true });
    const metrics = await (await fetch(`${await app.getUrl()}/metrics`)).text();
    expect(metrics).toMatch(/lumina_security_events_total\{[^}]*type="dangerous_command"[^}]*\} 1/);
    await end('r3');
  });

  it('refuses a tool that an operator switches off while it runs, until it is on again', async () => {
    const switches = new ToolSwitches(writer, client);
    const metrics = async () => (await fetch(`${await app.getUrl()}/metrics`)).text();
    const knows = (count: number) => async () =>
      new RegExp(`lumina_tools_switched_off\\{[^}]*scope="tenant"[^}]*\\} ${count}`).test(await metrics());
    const off = { name: 'list_directory', tenant: 'acme', by: 'test', at: 1 };
    await switches.turn('off', off);
    await eventually('the executor heard of it', knows(1));
    const [listed, read] = await answersTo('r4', [
      { tool: 'list_directory', args: { path: '.' } },
      { tool: 'read_file', args: { path: 'a.txt' } },
    ]);
    expect(listed).toMatchObject({ isError: true, content: expect.stringContaining('switched off') });
    expect(read).toMatchObject({ isError: false });
    expect(await metrics()).toMatch(/lumina_tool_errors_total\{[^}]*type="switched_off"[^}]*\} 1/);
    await end('r4');
    await switches.turn('on', off);
    await eventually('the executor heard of it', knows(0));
    const [again] = await answersTo('r5', [{ tool: 'list_directory', args: { path: '.' } }]);
    expect(again).toMatchObject({ isError: false });
    await end('r5');
  });

  it('refuses to leave the workspace, and counts the attempt', async () => {
    const [answer] = await answersTo('r2', [{ tool: 'read_file', args: { path: '../../etc/passwd' } }]);
    expect(answer).toMatchObject({ isError: true });
    expect(answer?.content).not.toContain('root:');
    const metrics = await (await fetch(`${await app.getUrl()}/metrics`)).text();
    expect(metrics).toMatch(/lumina_security_events_total\{[^}]*type="path_traversal"[^}]*\} 1/);
    expect(metrics).toMatch(/lumina_tool_errors_total\{[^}]*type="outside_workspace"[^}]*\} 1/);
    await end('r2');
  });
});
