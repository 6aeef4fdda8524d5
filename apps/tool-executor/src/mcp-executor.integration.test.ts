import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigurationError, createService, parseSettings } from '@lumina/platform';
import { Ringer } from '@lumina/queue';
import { DurableWriter, RedisRunStore, ToolCatalogue, ToolSwitches } from '@lumina/store';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { AppModule } from './app.module';
import { type HttpServerBench, plainTool, startHttpServer } from './mcp/testing/http-server';
import { executorSettings } from './settings';
import { openCalls, task, thread } from './testing/bench';

/** The whole executor with a real MCP server on a real Redis; the orchestrator is played by the test. */
describe('the executor with an MCP server', () => {
  let root: string;
  let redis: ThrowawayRedis;
  let client: Redis;
  let writer: DurableWriter;
  let store: RedisRunStore;
  let ringer: Ringer;
  let server: HttpServerBench;
  let app: Awaited<ReturnType<typeof createService>>;

  const settingsOf = (file: string) =>
    parseSettings(executorSettings, {
      LUMINA_REDIS_URL: redis.url,
      LUMINA_WORKSPACE_ROOT: join(root, 'workspaces'),
      LUMINA_CONFIG: file,
      LUMINA_LOG_LEVEL: 'silent',
      LUMINA_DRAIN_TIMEOUT: '1s',
    });
  const written = async (name: string, servers: unknown): Promise<string> => {
    const path = join(root, name);
    const agents = { lumina: { description: 'd', instructions: 'i', tools: ['mcp__notes__*'] } };
    await writeFile(path, JSON.stringify({ defaultAgent: 'lumina', agents, mcpServers: servers }));
    return path;
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'lumina-mcp-executor-'));
    server = await startHttpServer([plainTool('find'), plainTool('a.b')]);
    redis = await startRedis();
    client = new Redis(redis.url);
    writer = new DurableWriter(client, { replicas: 0, waitMs: 500, deadlineMs: 5_000 });
    store = new RedisRunStore(writer, client);
    ringer = new Ringer({ port: redis.port, host: '127.0.0.1' }, () => undefined);
    const notes = { transport: 'http', url: server.url, isInternal: true };
    app = await createService(AppModule.of(settingsOf(await written('a.yaml', { notes }))), {
      bodyBytes: 1_024,
    });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await app.close();
    await ringer.close();
    client.disconnect();
    await redis.stop();
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });

  const metrics = async () => (await fetch(`${await app.getUrl()}/metrics`)).text();

  /** The last fact of a run in which this tool was called once. */
  async function answerTo(run: string, tool: string) {
    await openCalls(store, [{ ...task, tool, args: { q: 'x' }, callId: run, messageId: `m-${run}` }], run);
    await ringer.ring([{ run, item: 'call:1.0', v: 2, place: 1 }]);
    const message = await eventually('the call is answered', async () =>
      (await store.journal(thread))
        .flatMap(({ fact }) => (fact.type === 'tool.answered' && fact.run === run ? [fact.message] : []))
        .at(0),
    );
    const claimed = await store.claim({ run, item: 'step:2' }, 'test', 5_000);
    if (claimed.kind !== 'claimed') throw new Error(claimed.kind);
    await store.commit(claimed.claimed.lease, {
      facts: [{ run, at: 1, type: 'run.succeeded' }],
      status: 'succeeded',
      open: [],
    });
    return message;
  }

  it('offers its tools beside its own, under names that models accept', async () => {
    const offers = await eventually('they are in the catalogue', async () => {
      const known = await new ToolCatalogue(client).offers();
      return known.has('mcp__notes__find') ? known : undefined;
    });
    expect(offers.get('mcp__notes__find')).toMatchObject({ risk: 'dangerous', isIdempotent: false });
    expect([...offers.keys()].filter((name) => /^mcp__notes__a_b_[0-9a-f]{8}$/.test(name))).toHaveLength(1);
    expect(offers.has('read_file')).toBe(true);
  });

  it('runs a call on it, counts it, and says how the server is', async () => {
    const answer = await answerTo('r1', 'mcp__notes__find');
    expect(answer).toMatchObject({ isError: false, content: expect.stringContaining('find ran') });
    expect(await metrics()).toMatch(/lumina_tool_invocations_total\{[^}]*tool="mcp__notes__find"[^}]*\} 1/);
    expect(await metrics()).toMatch(/lumina_mcp_server_up\{[^}]*server="notes"[^}]*\} 1/);
    const ready = await (await fetch(`${await app.getUrl()}/health/ready`)).json();
    expect(ready).toMatchObject({
      details: { 'mcp notes': { message: expect.stringMatching(/^connected, 2 tools/) } },
    });
  });

  it('runs none of them while the whole server is switched off', async () => {
    const switches = new ToolSwitches(writer, client);
    await switches.turn('off', { name: 'mcp__notes', by: 'test', at: 1 });
    await eventually('it heard of it', async () =>
      /switched_off\{[^}]*scope="all"[^}]*\} 1/.test(await metrics()),
    );
    const before = server.calls.length;
    expect(await answerTo('r2', 'mcp__notes__find')).toMatchObject({
      isError: true,
      content: expect.stringContaining('switched off'),
    });
    expect(server.calls.length).toBe(before);
    await switches.turn('on', { name: 'mcp__notes', by: 'test', at: 1 });
  });

  it('is not made from a configuration in which something is missing, and says what', async () => {
    const headers = { authorization: { fromEnv: 'NOBODY_SET_THIS' } };
    const notes = { transport: 'http', url: 'https://notes.example/mcp', headers };
    const file = await written('b.yaml', { notes });
    expect(() => AppModule.of(settingsOf(file))).toThrow(ConfigurationError);
    expect(() => AppModule.of(settingsOf(file))).toThrow(/mcpServers.notes: authorization.*NOBODY_SET_THIS/);
  });
});
