import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';

const openApiFile = resolve(__dirname, '../../../docs/openapi.json');
/** What reads although it is a POST, for its body. */
const readingPosts = [
  '/assistants/search',
  '/assistants/count',
  '/assistants/{assistant}/versions',
  '/runs/crons/search',
  '/runs/crons/count',
  '/store/items/search',
  '/store/namespaces',
  '/threads/search',
  '/threads/count',
  '/threads/{thread}/history',
  '/threads/{thread}/state/checkpoint',
  '/threads/{thread}/stream/events',
];
/** What whoever writes needs to read. */
const writingGets = ['/webhooks/secret'];
/** What belongs to the deployment and looks the same to every tenant. */
const isOfDeployment = ({ path }: Route): boolean => path.startsWith('/assistants');
const nowhere = '77777777-7777-4777-8777-777777777777';
/** Fits every route that takes a body. */
const body = { input: { messages: 'hello' }, message: 'hello', name: 'k', scopes: ['runs:read'] };
const openAiBody = { input: 'hello', messages: [{ role: 'user', content: 'hello' }] };

interface Route {
  readonly method: string;
  readonly path: string;
  readonly isPublic: boolean;
}

describe('every route of the gateway', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;
  let routes: readonly Route[];
  let own: { readonly thread: string; readonly run: string };

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await GatewayBench.start(redis.url);
    const { paths } = gateway.document();
    routes = Object.entries(paths).flatMap(([path, operations]) =>
      (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
        const operation = operations[method];
        const isPublic = (operation?.security ?? []).length === 0;
        return operation === undefined ? [] : [{ method: method.toUpperCase(), path, isPublic }];
      }),
    );
    const { json } = await gateway.call('POST /threads', { body: {} });
    const thread = String(json['thread_id']);
    const run = String((await gateway.call(`POST /threads/${thread}/runs`, { body })).json['run_id']);
    await new ScriptedWorker(gateway.store, run).succeed('Done.');
    own = { thread, run };
  });
  afterAll(async () => {
    await gateway.stop();
    await redis.stop();
  });

  const guarded = (): readonly Route[] => routes.filter(({ isPublic }) => !isPublic);
  // Operators' routes are about no tenant's things: they are closed to every key without the scope.
  const isOperators = ({ path }: Route): boolean => path.startsWith('/admin/');
  const isAboutSomething = (route: Route): boolean => route.path.includes('{') && !isOperators(route);
  const at = ({ path }: Route, ids: { thread: string; run: string }): string =>
    path
      .replace('{thread}', ids.thread)
      .replace('{run}', ids.run)
      .replace('{response}', `resp_${ids.run.replaceAll('-', '')}`)
      .replace(/\{\w+\}/g, nowhere);
  const bodyOf = ({ method, path }: Route): unknown => {
    if (method === 'GET') return undefined;
    if (path.endsWith('/feedback')) return { score: 5 };
    return path.startsWith('/v1/') ? openAiBody : body;
  };
  const ask = (route: Route, key: string, ids = own) =>
    gateway.call(`${route.method} ${at(route, ids)}`, {
      key,
      body: bodyOf(route),
    });
  const table = async (asked: readonly Route[], key: string) =>
    Promise.all(
      asked.map(async (route) => {
        const { status, json } = await ask(route, key);
        const { error = json } = json as { error?: { code?: unknown } };
        return [`${route.method} ${route.path}`, status, error.code] as const;
      }),
    );

  it('is public only where that is meant', () => {
    const isPublic = routes.filter((route) => route.isPublic).map(({ method, path }) => `${method} ${path}`);
    expect(isPublic.sort()).toEqual(['GET /health', 'GET /info', 'GET /metrics', 'GET /ok']);
    expect(guarded().length).toBeGreaterThanOrEqual(10);
  });

  it.each([
    ['no key', ''],
    ['a key that nobody has', 'unknown-key-0001'],
    ['a tenant for a key', 'acme'],
  ])('is closed to %s', async (_what, key) => {
    for (const [route, status, code] of await table(guarded(), key)) {
      expect([route, status, code]).toEqual([route, 401, 'LUM_UNAUTHENTICATED']);
    }
  });

  it('asks for the scope to read or to write', async () => {
    const isReading = ({ method, path }: Route): boolean =>
      method === 'GET' ? !writingGets.includes(path) : readingPosts.includes(path);
    const aboutRuns = guarded().filter(({ path }) => !path.startsWith('/keys'));
    const reading = aboutRuns.filter(isReading);
    const writing = aboutRuns.filter((route) => !isReading(route));
    for (const [route, status, code] of [
      ...(await table(reading, keys.writer)),
      ...(await table(writing, keys.reader)),
    ]) {
      expect([route, status, code]).toEqual([route, 403, 'LUM_FORBIDDEN']);
    }
  });

  it("closes operators' routes to keys that may do everything else", async () => {
    for (const [route, status, code] of await table(guarded().filter(isOperators), keys.acme)) {
      expect([route, status, code]).toEqual([route, 403, 'LUM_FORBIDDEN']);
    }
  });

  it('shows a thread or a run to another tenant no more than one that does not exist', async () => {
    const about = guarded().filter((route) => isAboutSomething(route) && !isOfDeployment(route));
    expect(about.length).toBeGreaterThan(5);
    for (const route of about) {
      const foreign = await ask(route, keys.rival);
      const missing = await ask(route, keys.rival, { thread: nowhere, run: nowhere });
      const plain = (text: string) =>
        text
          .replace(/urn:uuid:[0-9a-f-]{36}/g, '')
          .replaceAll(own.thread, nowhere)
          .replaceAll(own.run, nowhere)
          .replaceAll(own.run.replaceAll('-', ''), nowhere.replaceAll('-', ''));
      expect([route.path, foreign.status]).toEqual([route.path, missing.status]);
      expect(plain(foreign.text)).toBe(plain(missing.text));
      expect([404, 422]).toContain(foreign.status);
    }
    const chat = await gateway.call('POST /chat', {
      ...{ key: keys.rival, body: { message: 'hello', thread_id: own.thread } },
    });
    expect(chat).toMatchObject({ status: 404, json: { code: 'LUM_THREAD_NOT_FOUND' } });
    expect((await gateway.store.journal(own.thread)).length).toBe(3);
  });

  it('does not show a run under a thread that is not its own', async () => {
    const { json } = await gateway.call('POST /threads', { body: {} });
    const other = { thread: String(json['thread_id']), run: own.run };
    for (const route of guarded().filter(({ path }) => path.includes('{thread}') && path.includes('{run}'))) {
      expect([route.path, (await ask(route, keys.acme, other)).status]).toEqual([route.path, 404]);
    }
  });

  it('is listed at /docs-json as docs/openapi.json has it (UPDATE_OPENAPI=1 rewrites the file)', async () => {
    const served = (await gateway.call('GET /docs-json', { key: '' })).json;
    expect(served).toEqual(JSON.parse(JSON.stringify(gateway.document())));
    if (process.env['UPDATE_OPENAPI'] === '1') {
      const { format, resolveConfig } = await import('prettier');
      const config = await resolveConfig(openApiFile);
      writeFileSync(openApiFile, await format(JSON.stringify(served), { ...config, filepath: openApiFile }));
    }
    expect(JSON.parse(readFileSync(openApiFile, 'utf8'))).toEqual(served);
  });
});
