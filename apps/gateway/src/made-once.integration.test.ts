import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { register } from 'prom-client';
import { GatewayBench, keys } from './testing/gateway-bench';

const cron = { schedule: '0 0 1 1 *', input: { messages: [{ role: 'user', content: 'hello' }] } };

describe('what is made under an Idempotency-Key', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;
  let other: GatewayBench;
  let thread: string;

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await GatewayBench.start(redis.url);
    // One process has one register of metrics.
    register.clear();
    other = await GatewayBench.start(redis.url);
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
