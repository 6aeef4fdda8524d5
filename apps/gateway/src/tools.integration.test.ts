import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolOffer } from '@lumina/contracts';
import { DurableWriter, McpPins, ToolCatalogue, ToolSwitches } from '@lumina/store';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { GatewayBench, keys } from './testing/gateway-bench';

const operator = 'operator-key-0001';
const file = `
defaultAgent: lumina
agents:
  lumina: { description: d, instructions: i, tools: [shell, mcp__notes__add] }
mcpServers:
  notes: { transport: http, url: https://notes.example/mcp }
`;

describe('the tools of a deployment', () => {
  let redis: ThrowawayRedis;
  let client: Redis;
  let gateway: GatewayBench;
  let folder: string;
  let pins: McpPins;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-tools-'));
    await writeFile(join(folder, 'lumina.yaml'), file);
    redis = await startRedis();
    client = new Redis(redis.url);
    pins = new McpPins(new DurableWriter(client, { replicas: 0, waitMs: 500, deadlineMs: 5_000 }), client);
    gateway = await GatewayBench.start(redis.url, {
      LUMINA_CONFIG: join(folder, 'lumina.yaml'),
      LUMINA_API_KEYS: `${keys.acme}:acme,${operator}:ops:operator`,
    });
  });
  afterAll(async () => {
    await gateway.stop();
    client.disconnect();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await client.flushall();
    const offers = ['shell', 'read_file', 'mcp__notes__add'].map((name): ToolOffer => ({
      ...{ name, description: name, parameters: {}, risk: 'read', isIdempotent: true, timeoutMs: 1 },
    }));
    await new ToolCatalogue(client).publish(offers);
  });

  const call = (route: string, body?: unknown) => gateway.call(route, { key: operator, body });
  const listed = async () => (await call('GET /admin/tools')).json;

  it('lists them, with what is off and by whom', async () => {
    const off = await call('POST /admin/tools/shell/off', { reason: 'incident 7' });
    expect(off).toMatchObject({ status: 200, json: { tool: 'shell', tenant: null, changed: true } });
    const { tools, switches, records } = (await listed()) as Record<string, Record<string, unknown>[]>;
    expect(tools?.find(({ name }) => name === 'shell')).toMatchObject({
      is_offered: true,
      off: { reason: 'incident 7', by: expect.stringMatching(/^key:[0-9a-f]{12}$/) },
    });
    expect(tools?.find(({ name }) => name === 'read_file')).toMatchObject({ off: null, server: null });
    expect(switches).toHaveLength(1);
    expect(records).toMatchObject([{ name: 'shell', to: 'off' }]);
    const switchesOfStore = new ToolSwitches({ write: async () => 0 }, client);
    expect(await switchesOfStore.list()).toMatchObject([{ name: 'shell', reason: 'incident 7' }]);
  });

  it('switches for one tenant, for a whole MCP server, and back', async () => {
    await call('POST /admin/tools/mcp__notes/off', { tenant: 'acme' });
    const asAcme = await call('GET /admin/tools?tenant=acme');
    const offNames = (asAcme.json['tools'] as { name: string; off: unknown }[])
      .filter(({ off }) => off !== null)
      .map(({ name }) => name);
    expect(offNames).toEqual(['mcp__notes__add']);
    const on = await call('POST /admin/tools/mcp__notes/on', { tenant: 'acme' });
    expect(on.json).toMatchObject({ changed: true });
    const again = await call('POST /admin/tools/mcp__notes/on', { tenant: 'acme' });
    expect(again.json).toMatchObject({ changed: false });
  });

  it('refuses a name that nobody ever offered: a slip must not leave a tool on', async () => {
    const slip = await call('POST /admin/tools/shel/off', {});
    expect(slip).toMatchObject({ status: 404, json: { code: 'LUM_TOOL_NOT_FOUND' } });
    expect(slip.json['detail']).toContain('shell');
    expect((await listed())['switches']).toEqual([]);
  });

  it.each(['a tenant', '../x', '*', ''])('refuses %j as a tenant', async (tenant) => {
    expect(await call('POST /admin/tools/shell/off', { tenant })).toMatchObject({ status: 422 });
  });

  it.each(['GET /admin/tools', 'POST /admin/tools/shell/off', 'POST /admin/tools/mcp__notes__add/approve'])(
    'keeps %s from keys that were not given the scope by name',
    async (route) => {
      const body = route.startsWith('POST') ? {} : undefined;
      expect(await gateway.call(route, { key: keys.acme, body })).toMatchObject({ status: 403 });
      expect(await gateway.call(route, { key: '', body })).toMatchObject({ status: 401 });
    },
  );

  it('shows what an MCP server has changed, and approves exactly what was shown', async () => {
    const definition = (description: string) => JSON.stringify({ description });
    const at = { approval: 'first-sight', at: 1 } as const;
    const name = 'mcp__notes__add';
    await pins.see('notes', [{ name, digest: 'a'.repeat(64), definition: definition('adds') }], at);
    await pins.see(
      'notes',
      [{ name, digest: 'b'.repeat(64), definition: definition('adds, and mails') }],
      at,
    );
    const tool = ((await listed())['tools'] as Record<string, unknown>[]).find(
      (each) => each['name'] === name,
    );
    expect(tool?.['approval']).toMatchObject({
      state: 'changed',
      approved: { definition: { description: 'adds' } },
      pending: { digest: 'b'.repeat(64), definition: { description: 'adds, and mails' } },
    });
    const other = await call(`POST /admin/tools/${name}/approve`, { digest: 'c'.repeat(64) });
    expect(other).toMatchObject({ status: 409, json: { code: 'LUM_CONFLICT' } });
    const approved = await call(`POST /admin/tools/${name}/approve`, { digest: 'b'.repeat(64) });
    expect(approved.status).toBe(200);
    const [after] = ((await listed())['tools'] as Record<string, unknown>[]).filter(
      (each) => each['name'] === name,
    );
    expect(after?.['approval']).toMatchObject({ state: 'approved', pending: null });
    const own = await call('POST /admin/tools/shell/approve', { digest: 'b'.repeat(64) });
    expect(own).toMatchObject({ status: 404 });
  });
});
