import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { register } from 'prom-client';
import { GatewayBench, keys } from './testing/gateway-bench';

const cron = { schedule: '0 0 1 1 *', input: { messages: [{ role: 'user', content: 'hello' }] } };

const settings = {
  LUMINA_API_KEYS: `${keys.acme}:acme:runs:read+runs:write+admin,${keys.rival}:rival`,
  LUMINA_KEY_PEPPER: 'a pepper for tests',
};

describe('what is made under an Idempotency-Key', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;
  let other: GatewayBench;
  let thread: string;

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await GatewayBench.start(redis.url, settings);
    // One process has one register of metrics.
    register.clear();
    other = await GatewayBench.start(redis.url, settings);
    thread = String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);
  });
  afterAll(async () => {
    await gateway.stop();
    await other.stop();
    await redis.stop();
  });

  const later = { ...cron, schedule: '0 0 2 1 *' };
  const makings = [
    {
      what: 'a thread',
      path: () => '/threads',
      id: 'thread_id',
      body: { metadata: { a: 1 } },
      changed: { metadata: { a: 2 } },
    },
    { what: 'a schedule', path: () => '/runs/crons', id: 'cron_id', body: cron, changed: later },
    {
      what: 'a schedule of a thread',
      path: () => `/threads/${thread}/runs/crons`,
      id: 'cron_id',
      body: cron,
      changed: later,
    },
  ] as const;

  it.each(makings)(
    'is $what, once: at once, again, and at another gateway; not for another request',
    async ({ what, path, id, body, changed }) => {
      const headers = { 'idempotency-key': `one ${what}` };
      const route = `POST ${path()}`;
      const places = [gateway, other, gateway, other];
      const answers = await Promise.all(places.map((place) => place.call(route, { body, headers })));
      const again = await other.call(route, { body, headers });
      expect(new Set([...answers, again].map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set([...answers, again].map(({ json }) => json[id])).size).toBe(1);
      const refused = await gateway.call(route, { body: changed, headers });
      expect(refused).toMatchObject({ status: 422 });
      expect(refused.text).toContain('Idempotency-Key');
      const without = await gateway.call(route, { body });
      expect(without.json[id]).not.toBe(again.json[id]);
    },
  );

  it('is a copy of a thread, once', async () => {
    const copy = (name: string) =>
      gateway.call(`POST /threads/${thread}/copy`, { headers: { 'idempotency-key': name } });
    const [one, again, another] = [await copy('copy 1'), await copy('copy 1'), await copy('copy 2')];
    expect(one).toMatchObject({ status: 200 });
    expect(again.json['thread_id']).toBe(one.json['thread_id']);
    expect(another.json['thread_id']).not.toBe(one.json['thread_id']);
  });

  it('is a change of a thread`s state, once: at once, again, and at another gateway', async () => {
    const headers = { 'idempotency-key': 'one change' };
    const path = String((await gateway.call('POST /threads', { body: {} })).json['thread_id']);
    const change = (place: GatewayBench, content: string) =>
      place.call(`POST /threads/${path}/state`, {
        ...{ headers, body: { values: { messages: [{ role: 'user', content }] } } },
      });
    const answers = await Promise.all([gateway, other, gateway].map((place) => change(place, 'hello')));
    const again = await change(other, 'hello');
    expect(new Set([...answers, again].map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await gateway.store.journal(path)).toHaveLength(1);
    expect(await change(gateway, 'other')).toMatchObject({ status: 422 });
  });

  it('is feedback on a run, once', async () => {
    const headers = { 'idempotency-key': 'one opinion' };
    const created = await gateway.call(`POST /threads/${thread}/runs`, {
      body: { input: { messages: 'hello' } },
    });
    const path = `/threads/${thread}/runs/${String(created.json['run_id'])}/feedback`;
    const give = (score: number) => gateway.call(`POST ${path}`, { body: { score }, headers });
    const [first, again] = [await give(5), await give(5)];
    expect(first).toMatchObject({ status: 201 });
    expect(again.json).toEqual(first.json);
    expect((await gateway.call(`GET ${path}`)).json['feedback']).toHaveLength(1);
    expect(await give(1)).toMatchObject({ status: 422 });
  });

  it('is an API key, once, and shown once: who lost it is told which one to revoke', async () => {
    const headers = { 'idempotency-key': 'one key' };
    const make = (place: GatewayBench, name = 'made-once') =>
      place.call('POST /keys', { body: { name, scopes: ['runs:read'] }, headers });
    const answers = await Promise.all([gateway, other, gateway, other].map((place) => make(place)));
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    const id = String(made[0]?.json['id']);
    const repeats = [...answers.filter(({ status }) => status !== 201), await make(other)];
    for (const { status, json, text } of repeats) {
      expect({ status, code: json['code'] }).toEqual({ status: 409, code: 'LUM_KEY_SHOWN' });
      expect(text).toContain(id);
      expect(text).not.toContain('lum_live_');
    }
    expect(await make(gateway, 'another')).toMatchObject({ status: 422 });
    await gateway.call(`POST /keys/${id}/revoke`, { body: {} });
    expect(await make(gateway)).toMatchObject({ status: 409, json: { code: 'LUM_KEY_SHOWN' } });
  });

  it('is its tenant`s: another tenant`s key is another key', async () => {
    const headers = { 'idempotency-key': 'everybody`s' };
    const own = await gateway.call('POST /threads', { body: {}, headers });
    const others = await gateway.call('POST /threads', { body: {}, headers, key: keys.rival });
    expect(others).toMatchObject({ status: 200 });
    expect(others.json['thread_id']).not.toBe(own.json['thread_id']);
  });

  it('does not make a thread of somebody else`s name one`s own', async () => {
    const body = { thread_id: thread };
    const answer = await gateway.call('POST /threads', { body, headers: { 'idempotency-key': 'late' } });
    expect(answer).toMatchObject({ status: 409 });
  });
});
