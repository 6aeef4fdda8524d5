import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { type Scope, scopes } from './auth/api-keys';
import { GatewayBench } from './testing/gateway-bench';

const operator = 'operator-key-0001';
const nowhere = '77777777-7777-4777-8777-777777777777';
const bodies = { input: 'hello', messages: [{ role: 'user', content: 'hello' }], message: 'hello' };

interface Route {
  readonly route: string;
  readonly scope: Scope;
}

describe('API keys that a gateway issues', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;
  let routes: readonly Route[];

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await GatewayBench.start(redis.url, {
      LUMINA_API_KEYS: `${operator}:acme:${scopes.join('+')}`,
      LUMINA_KEY_PEPPER: 'a pepper for tests',
      LUMINA_KEY_MEMORY: '0ms',
    });
    routes = Object.entries(gateway.document().paths).flatMap(([path, operations]) =>
      (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
        const scope: unknown = (operations[method] as Record<string, unknown> | undefined)?.[
          'x-lumina-scope'
        ];
        const route = `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, nowhere)}`;
        return scope === undefined ? [] : [{ route, scope: scope as Scope }];
      }),
    );
  });
  afterAll(async () => {
    await gateway.stop();
    await redis.stop();
  });

  let made = 0;
  const make = async (changes: object = {}) => {
    const body = { name: `k${++made}`, scopes: ['runs:read'], ...changes };
    const { status, json } = await gateway.call('POST /keys', { key: operator, body });
    expect(status).toBe(201);
    return { key: String(json['key']), id: String(json['id']) };
  };
  const codeOf = async (route: string, key: string) => {
    const body = route.startsWith('GET ') ? undefined : bodies;
    const { status, json } = await gateway.call(route, { key, body });
    const { error = json } = json as { error?: { code?: unknown } };
    return [route, status, error.code] as const;
  };

  it('of one name are two at most, also when many are asked for at once', async () => {
    const body = { name: 'raced', scopes: ['runs:read'] };
    const create = () => gateway.call('POST /keys', { key: operator, body });
    const answers = await Promise.all(Array.from({ length: 8 }, create));
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(2);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.json).toMatchObject({ code: 'LUM_KEY_LIMIT' });
    for (const { json } of made) expect(String(refused?.json['detail'])).toContain(String(json['id']));
    await gateway.call(`POST /keys/${String(made[0]?.json['id'])}/revoke`, { key: operator, body: {} });
    expect((await create()).status).toBe(201);
  });

  it('are shown once, listed without themselves, and open what they may', async () => {
    const { key, id } = await make({ name: 'shown' });
    expect(key).toMatch(/^lum_live_/);
    expect((await gateway.call('GET /v1/models', { key })).status).toBe(200);
    const bearer = { authorization: `Bearer ${key}` };
    expect((await gateway.call('GET /v1/models', { key: '', headers: bearer })).status).toBe(200);
    await eventually('its use is noted', async () => {
      const { text } = await gateway.call('GET /keys', { key: operator });
      expect(text).not.toContain(key);
      const line = (JSON.parse(text) as { id: string; last_used_at: string | null }[]).find(
        (one) => one.id === id,
      );
      return typeof line?.last_used_at === 'string';
    });
  });

  it('every route that needs a scope says which, and there are many', () => {
    expect(routes.length).toBeGreaterThan(25);
    expect(new Set(routes.map(({ scope }) => scope))).toEqual(
      new Set(['runs:read', 'runs:write', 'approve', 'admin', 'operator']),
    );
  });

  it('each route is closed to a revoked and to an unknown key', async () => {
    const { key, id } = await make({ scopes });
    expect((await gateway.call(`POST /keys/${id}/revoke`, { key: operator, body: {} })).status).toBe(200);
    const unknown = key.replace(/^lum_live_./, 'lum_live_0');
    for (const { route } of routes) {
      expect(await codeOf(route, key)).toEqual([route, 401, 'LUM_UNAUTHENTICATED']);
      expect(await codeOf(route, unknown)).toEqual([route, 401, 'LUM_UNAUTHENTICATED']);
    }
  });

  it('each route is closed to a key that has every scope but its own', async () => {
    for (const scope of ['runs:read', 'runs:write', 'approve', 'admin', 'operator'] as const) {
      const { key } = await make({ scopes: scopes.filter((other) => other !== scope) });
      for (const { route } of routes.filter((one) => one.scope === scope)) {
        expect(await codeOf(route, key)).toEqual([route, 403, 'LUM_FORBIDDEN']);
      }
    }
  });

  it('keys of another tenant are neither listed nor revoked, but by an operator', async () => {
    const { key: rival } = await make({ tenant: 'rival', scopes: ['admin'] });
    const { id } = await make({ name: 'ours' });
    const list = await gateway.call('GET /keys', { key: rival });
    expect(list.text).not.toContain('"ours"');
    const revoke = await gateway.call(`POST /keys/${id}/revoke`, { key: rival, body: {} });
    expect(revoke).toMatchObject({ status: 404, json: { code: 'LUM_KEY_NOT_FOUND' } });
    for (const route of ['GET /keys?tenant=acme', `POST /keys/${id}/revoke?tenant=acme`]) {
      expect((await codeOf(route, rival))[1]).toBe(403);
    }
    expect((await gateway.call('GET /keys?tenant=rival', { key: operator })).text).toContain('"rival"');
  });

  it('are in Redis only as digests', async () => {
    const { key } = await make();
    const dump = JSON.stringify(await redisContents(redis.url));
    expect(dump).not.toContain(key.slice(9, 30));
  });
});

async function redisContents(url: string): Promise<readonly unknown[]> {
  const { Redis } = await import('ioredis');
  const client = new Redis(url);
  const names = await client.keys('lum:*key*');
  const contents = await Promise.all(names.map((name) => client.hgetall(name)));
  client.disconnect();
  return [names, contents];
}
