import { createHmac } from 'node:crypto';
import { type IncomingHttpHeaders, type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';

const input = { messages: [{ role: 'user', content: 'hello' }] };

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('webhooks', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;
  let receiver: Server;
  let url: string;
  let received: Received[] = [];
  /** What the receiver answers next; then 200. */
  let answers: number[] = [];

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        response.writeHead(answers.shift() ?? 200).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as AddressInfo;
    url = `http://127.0.0.1:${port}/hook?token=t`;
    redis = await startRedis();
    gateway = await GatewayBench.start(redis.url, {
      LUMINA_HTTP_ALLOW: `127.0.0.1:${port}`,
      LUMINA_WEBHOOK_PAUSE: '10ms',
    });
  });
  beforeEach(() => {
    received = [];
    answers = [];
  });
  afterAll(async () => {
    await gateway.stop();
    await redis.stop();
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });

  async function start(body: object): Promise<{ run: string; thread: string }> {
    const { json } = await gateway.call('POST /runs', { body: { input, on_completion: 'keep', ...body } });
    return { run: String(json['run_id']), thread: String(json['thread_id']) };
  }
  const calls = (count: number) =>
    eventually(`${count} calls come`, () => (received.length >= count ? received : undefined), 15_000);
  const payload = (index: number) => JSON.parse(received[index]?.body ?? '') as Record<string, unknown>;
  const letters = async (key?: string) =>
    JSON.parse((await gateway.call('GET /webhooks/dead-letters', { key })).text) as Record<string, unknown>[];

  it('tell of the end of a run, signed with the secret of its tenant', async () => {
    const { run, thread } = await start({ webhook: url, metadata: { order: 7 } });
    await new ScriptedWorker(gateway.store, run).succeed('Done.');
    await calls(1);
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    const { secret } = (await gateway.call('GET /webhooks/secret')).json as { secret: string };
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    expect(headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
    );
    expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1_000)).toBeLessThan(60);
    expect(payload(0)).toMatchObject({
      ...{ run_id: run, thread_id: thread, status: 'success', metadata: { order: 7 } },
      ...{ values: { messages: [{ content: 'hello' }, { content: 'Done.' }] } },
      ...{ run_started_at: expect.any(String), run_ended_at: expect.any(String) },
    });
    const rival = (await gateway.call('GET /webhooks/secret', { key: keys.rival })).json;
    expect(rival['secret']).not.toBe(secret);
  });

  it('tell why a run failed', async () => {
    const { run } = await start({ webhook: url });
    await new ScriptedWorker(gateway.store, run).fail('LUM_STEP_LIMIT', 'too many');
    await calls(1);
    expect(payload(0)).toMatchObject({
      status: 'error',
      error: { error: 'LUM_STEP_LIMIT', message: 'too many' },
    });
  });

  it('are called again until they take it, under the same id, and then no more', async () => {
    answers = [500, 302, 200];
    const { run } = await start({ webhook: url });
    await new ScriptedWorker(gateway.store, run).succeed('Done.');
    await calls(3);
    expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([`msg_${run}`]));
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(received).toHaveLength(3);
    expect(await letters()).toEqual([]);
  });

  it('that want no more are given up, and called anew when that is asked for', async () => {
    answers = [410];
    const { run } = await start({ webhook: url });
    await new ScriptedWorker(gateway.store, run).succeed('Done.');
    await eventually('it is given up', async () => (await letters()).length === 1, 15_000);
    expect(await letters()).toMatchObject([{ run_id: run, url, attempts: 1, why: 'it answered 410' }]);
    expect(await letters(keys.rival)).toEqual([]);
    const again = `POST /webhooks/dead-letters/${run}/redeliver`;
    expect((await gateway.call(again, { key: keys.rival })).status).toBe(404);
    expect((await gateway.call(again)).status).toBe(202);
    await calls(2);
    expect(await letters()).toEqual([]);
  });

  it('reach nothing that is not public', async () => {
    for (const webhook of [
      'http://127.0.0.1:1/x',
      'http://169.254.169.254/latest',
      'http://[::1]:80/',
      'http://2130706433/',
    ]) {
      const { run } = await start({ webhook });
      await new ScriptedWorker(gateway.store, run).succeed('Done.');
      await eventually('it is given up', async () => (await letters())[0]?.['run_id'] === run, 15_000);
      expect((await letters())[0]).toMatchObject({
        attempts: 1,
        why: expect.stringContaining('not on the public internet'),
      });
    }
    expect(received).toEqual([]);
  });

  it.each(['ftp://x.example/', 'http://user:pass@x.example/', 'nonsense', 7])(
    'cannot be %j',
    async (webhook) => {
      const answer = await gateway.call('POST /runs', { body: { input, webhook } });
      expect(answer).toMatchObject({ status: 422, json: { errors: [{ field: 'webhook' }] } });
    },
  );

  it('have nothing to tell of a run without one', async () => {
    const { run } = await start({});
    const again = await gateway.call(`POST /webhooks/dead-letters/${run}/redeliver`);
    expect(again).toMatchObject({ status: 422, json: { code: 'LUM_VALIDATION_FAILED' } });
  });
});
