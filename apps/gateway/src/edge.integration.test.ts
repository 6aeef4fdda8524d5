import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';

const origin = 'https://app.example.com';
const perAddress = 12;

describe('the edge of the gateway', () => {
  let redis: ThrowawayRedis;
  let gateway: GatewayBench;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    gateway = await GatewayBench.start(redis.url, {
      LUMINA_HEADER_TIMEOUT: '300ms',
      LUMINA_REQUEST_TIMEOUT: '600ms',
      LUMINA_ANSWER_TIMEOUT: '400ms',
      LUMINA_MAX_BODY: '16MiB',
      LUMINA_MAX_CONNECTIONS_PER_ADDRESS: String(perAddress),
      LUMINA_CORS_ORIGINS: `${origin},http://127.0.0.1:5173`,
    });
  });
  afterAll(async () => {
    sockets.forEach((socket) => socket.destroy());
    await gateway.stop();
    await redis.stop();
  });

  /** A raw connection, and what came back over it; `closed` says after how many ms the gateway ended it. */
  const dial = async () => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const began = performance.now();
    const closed = once(socket, 'close').then(() => performance.now() - began);
    return { socket, closed };
  };
  const textOf = (socket: Socket) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    return () => text;
  };

  describe('slow clients', () => {
    it('that send their headers a byte at a time are let go', async () => {
      const { socket, closed } = await dial();
      const text = textOf(socket);
      socket.write('GET /ok HTTP/1.1\r\nhost: x\r\n');
      const drip = setInterval(() => socket.write('x'), 50);
      expect(await closed.finally(() => clearInterval(drip))).toBeLessThan(2_000);
      expect(text()).toMatch(/^HTTP\/1\.1 408 /);
    });

    it('that send their body a byte at a time are let go', async () => {
      const { socket, closed } = await dial();
      socket.resume();
      const head = `POST /chat HTTP/1.1\r\nhost: x\r\nx-api-key: ${keys.acme}\r\ncontent-type: application/json\r\n`;
      socket.write(`${head}content-length: 100000\r\n\r\n{`);
      const drip = setInterval(() => socket.write(' '), 50);
      expect(await closed.finally(() => clearInterval(drip))).toBeLessThan(3_000);
    });

    it('that ask for much and take nothing of it are let go, a stream as well as a whole answer', async () => {
      // More than what the kernel takes on its way.
      const large = 'x'.repeat(12_000_000);
      const { json } = await gateway.call('POST /threads', { body: {} });
      const thread = String(json['thread_id']);
      const body = { input: { messages: large } };
      const run = String((await gateway.call(`POST /threads/${thread}/runs`, { body })).json['run_id']);
      await new ScriptedWorker(gateway.store, run).succeed('Done.');
      const paths = [`/threads/${thread}/state`, `/threads/${thread}/runs/${run}/stream?stream_mode=values`];
      for (const path of paths) {
        const before = await openAnswers();
        const { socket } = await dial();
        socket.pause();
        const lines = [`GET ${path} HTTP/1.1`, 'host: x', `x-api-key: ${keys.acme}`];
        socket.write(`${lines.join('\r\n')}\r\n\r\n`);
        await eventually('it is answered', async () => (await openAnswers()) > before);
        await eventually('it is let go', async () => (await openAnswers()) <= before);
        socket.destroy();
      }
    });
  });

  it('holds so many connections of one address, and takes others when one closes', async () => {
    const held = await Promise.all(Array.from({ length: perAddress + 6 }, dial));
    const isOpen = ({ socket }: { socket: Socket }): boolean => !socket.destroyed;
    await eventually('what is too much is closed', () => held.filter(isOpen).length < perAddress + 1);
    held.forEach(({ socket }) => socket.destroy());
    await eventually('there is room', async () =>
      gateway.call('GET /ok', { key: '' }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  });

  it.each([
    ['a request that is none', 'HELO there\r\n\r\n', 400],
    ['headers without end', `GET /ok HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'two lengths',
      'POST /chat HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n{}',
      400,
    ],
    [
      'a length and chunks',
      'POST /chat HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a line that is folded', 'GET /ok HTTP/1.1\r\nhost: x\r\nx-a: b\r\n c\r\n\r\n', 400],
  ])('refuses %s', async (_what, bytes, status) => {
    const { socket, closed } = await dial();
    const text = textOf(socket);
    socket.write(bytes);
    await closed;
    expect(text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  describe('pages', () => {
    it('of a named origin may call, see what clients need, and are told so before', async () => {
      const asked = {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-api-key',
      };
      const preflight = await gateway.call('OPTIONS /threads', { key: '', headers: asked });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
      expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
      expect(preflight.headers.get('access-control-allow-headers')).toContain('x-api-key');
      const { headers } = await gateway.call('GET /threads/none', { headers: { origin } });
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-expose-headers')).toContain('content-location');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    });

    it('are told so by streams too', async () => {
      const { json } = await gateway.call('POST /threads', { body: {} });
      const route = `POST /threads/${String(json['thread_id'])}/stream/events`;
      const leaving = new AbortController();
      const call = { body: { channels: ['values'] }, headers: { origin }, signal: leaving.signal };
      const { headers } = await gateway.fetch(route, call);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('content-type')).toContain('text/event-stream');
      leaving.abort();
    });

    it('of others are told nothing', async () => {
      const { headers } = await gateway.call('GET /ok', {
        key: '',
        headers: { origin: 'https://other.example' },
      });
      expect(headers.get('access-control-allow-origin')).toBeNull();
    });
  });

  it('sends security headers, with which the page of the API works', async () => {
    const { headers } = await gateway.call('GET /v1/models');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-powered-by')).toBeNull();
    const page = await gateway.call('GET /docs', { key: '' });
    expect(page.status).toBe(200);
    // Nothing stands in the page that its own policy would stop.
    expect(page.text).not.toMatch(/<script>|<script [^>]*src="https?:/);
  });

  async function openAnswers(): Promise<number> {
    return new Promise((resolve, reject) => {
      gateway.app
        .getHttpServer()
        .getConnections((error: Error | null, count: number) =>
          error === null ? resolve(count) : reject(error),
        );
    });
  }
});
