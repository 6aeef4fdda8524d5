import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fact, ToolOffer } from '@lumina/contracts';
import { DurableWriter, McpPins, ToolCatalogue } from '@lumina/store';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { Redis } from 'ioredis';
import { scopes } from './auth/api-keys';
import { askPerson, question } from './testing/asking-worker';
import { type DocumentedRoute, documentedRoutes } from './testing/documented-routes';
import { GatewayBench } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';

jest.setTimeout(60_000);

const key = 'operator-key-0001';
const tool = 'mcp__notes__add';
const file = `
defaultAgent: lumina
agents:
  lumina: { description: d, instructions: i, tools: [shell, ${tool}], subagents: [helper] }
  helper: { description: d, instructions: i, tools: [shell] }
mcpServers:
  notes: { transport: http, url: https://notes.example/mcp }
`;
type Names = Readonly<Record<string, string>>;

describe('the examples of the OpenAPI document', () => {
  let redis: ThrowawayRedis;
  let client: Redis;
  let gateway: GatewayBench;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lumina-examples-'));
    await writeFile(join(folder, 'lumina.yaml'), file);
    redis = await startRedis();
    client = new Redis(redis.url);
    gateway = await GatewayBench.start(redis.url, {
      LUMINA_CONFIG: join(folder, 'lumina.yaml'),
      LUMINA_API_KEYS: `${key}:acme:${scopes.join('+')}`,
      LUMINA_KEY_PEPPER: 'a pepper for tests',
    });
    const offer = (name: string): ToolOffer => ({
      ...{ name, description: name, parameters: {}, risk: 'read', isIdempotent: true, timeoutMs: 1 },
    });
    await new ToolCatalogue(client).publish([offer('shell'), offer(tool)]);
    const pins = new McpPins(
      new DurableWriter(client, { replicas: 0, waitMs: 500, deadlineMs: 5_000 }),
      client,
    );
    const definition = (text: string) => JSON.stringify({ description: text });
    const at = { approval: 'first-sight', at: 1 } as const;
    await pins.see('notes', [{ name: tool, digest: 'b'.repeat(64), definition: definition('adds') }], at);
    await pins.see('notes', [{ name: tool, digest: 'a'.repeat(64), definition: definition('mails') }], at);
  });
  afterAll(async () => {
    await gateway.stop();
    client.disconnect();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const call = (route: string, body?: unknown) => gateway.call(route, { key, body });
  const begin = async (more: object = {}): Promise<Names & { readonly run: string }> => {
    const thread = String((await call('POST /threads', {})).json['thread_id']);
    const body = { input: { messages: 'hello' }, ...more };
    return { thread, run: String((await call(`POST /threads/${thread}/runs`, body)).json['run_id']) };
  };
  const finished = async (more: object = {}): Promise<Names> => {
    const place = await begin(more);
    await new ScriptedWorker(gateway.store, place.run).succeed('Done.');
    return place;
  };
  const asking = async (): Promise<Names> => {
    const place = await begin();
    await askPerson(gateway.store, place.run, [question(0)]);
    return place;
  };
  const broke = async (): Promise<Names> => {
    const { run, ...place } = await begin();
    const outcome = await gateway.store.claim({ run, item: 'step:1' }, 'scripted', 30_000);
    if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
    const expiresAt = Date.now() + 60_000;
    const asked: Fact = {
      ...{ run, at: Date.now(), type: 'budget.asked', item: 'budget:4', scope: 'run' },
      ...{ amount: 'costUsd', used: 5.5, allowed: 5, expiresAt },
    };
    const open = [{ item: 'budget:4', data: '', lookAtMs: expiresAt }];
    await gateway.store.commit(outcome.claimed.lease, { facts: [asked], status: 'running', open });
    return { run, ...place };
  };

  /** What has to be there for a route to be about. */
  async function namesFor({ method, path }: DocumentedRoute): Promise<Names> {
    const fixed = { assistant: 'lumina', subagent: 'helper', model: 'lumina', name: 'shell' };
    switch (`${method} ${path}`) {
      case 'POST /runs/{run}/approvals':
        return asking();
      case 'POST /runs/{run}/budget':
        return broke();
      case 'POST /threads/{thread}/runs/{run}/cancel':
      case 'POST /v1/responses/{response}/cancel':
        return withResponse(await begin());
      case 'POST /webhooks/dead-letters/{run}/redeliver':
        return finished({ webhook: 'https://hooks.example/runs' });
      case 'POST /admin/tools/{name}/approve':
        return { name: tool };
      case 'POST /keys/{key}/revoke':
        return { key: String((await call('POST /keys', { name: 'k', scopes: ['runs:read'] })).json['id']) };
    }
    if (path.includes('{cron}')) {
      const cron = { schedule: '0 0 1 1 *', input: { messages: 'hello' } };
      return { cron: String((await call('POST /runs/crons', cron)).json['cron_id']) };
    }
    const place = await finished();
    const state = (await call(`GET /threads/${place['thread'] ?? ''}/state`)).json['checkpoint'];
    const { checkpoint_id: checkpoint } = state as { checkpoint_id: string };
    return { ...fixed, ...withResponse(place), checkpoint };
  }
  const withResponse = (place: Names): Names => ({
    ...place,
    response: `resp_${(place['run'] ?? '').replaceAll('-', '')}`,
  });

  /** Plays the workers of the runs that a request begins, until it is answered. */
  async function withWorkers<Result>(act: () => Promise<Result>): Promise<Result> {
    const before = new Set(await gateway.store.newestRuns('acme', 1_000));
    const answered = new AbortController();
    const working = (async () => {
      while (!answered.signal.aborted) {
        const newest = await gateway.store.newestRuns('acme', 10);
        for (const run of newest.filter((one) => !before.has(one))) {
          // One that waits for its turn has no step yet.
          const hasEnded = new ScriptedWorker(gateway.store, run).succeed('Done.').then(() => true);
          if (await hasEnded.catch(() => false)) before.add(run);
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    try {
      return await act();
    } finally {
      answered.abort();
      await working;
    }
  }

  /** The status, and what was said where it is none of success. */
  async function send(route: DocumentedRoute, names: Names): Promise<string> {
    const path = route.path.replace(/\{(\w+)\}/g, (_all, name: string) => names[name] ?? `no-${name}`);
    const query = new URLSearchParams(route.neededQuery).toString();
    const leaving = new AbortController();
    const response = await gateway.fetch(`${route.method} ${path}${query === '' ? '' : `?${query}`}`, {
      ...{ key, signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(10_000)]) },
      ...(route.example === undefined ? {} : { body: route.example }),
    });
    const isWell = response.status < 300;
    // Some streams go on for as long as somebody listens.
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const text = isStream ? '' : await response.text();
    leaving.abort();
    return isWell ? String(response.status) : `${response.status} ${text.slice(0, 300)}`;
  }

  it('are there for every operation that takes a body', () => {
    const routes = documentedRoutes(gateway.document());
    expect(routes.length).toBeGreaterThan(70);
    const without = routes.filter(({ body, example }) => body !== undefined && example === undefined);
    expect(without).toEqual([]);
  });

  it('are answered as the document says, each of them', async () => {
    const answers: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const route of documentedRoutes(gateway.document())) {
      const name = `${route.method} ${route.path}`;
      const names = await namesFor(route);
      const answer = await withWorkers(() => send(route, names).catch(String));
      expected[name] = String(route.status);
      // What is refused on purpose is documented so.
      answers[name] = route.status === 422 ? answer.slice(0, 3) : answer;
    }
    expect(answers).toEqual(expected);
  });
});
