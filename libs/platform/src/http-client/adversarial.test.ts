import { createHook } from 'node:async_hooks';
import { gzipSync, brotliCompressSync, deflateSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { guardedFetch } from './guarded-fetch';
import { HttpClient } from './http-client';
import type { HttpOutcome, HttpRequest } from './http-exchange';
import { addressInName, internalUrls } from './testing/internal-urls';
import { type LoopbackServer, httpServer, tcpServer } from './testing/scripted-server';

/** Every attempt of this process to connect a TCP socket. */
let connects = 0;
const hook = createHook({
  init: (_id, type) => {
    if (type === 'TCPCONNECTWRAP') connects += 1;
  },
});
const signal = new AbortController().signal;
const opened: { close(): unknown }[] = [];
const kept = <Closable extends { close(): unknown }>(one: Closable): Closable => {
  opened.push(one);
  return one;
};
const nowhere = async (name: string): Promise<never> => {
  throw Object.assign(new Error(name), { code: 'ENOTFOUND' });
};
const lookup = async (name: string) => {
  const address = addressInName(name);
  return address === undefined ? nowhere(name) : [{ address, family: address.includes(':') ? 6 : 4 }];
};

beforeAll(() => void hook.enable());
afterAll(() => void hook.disable());
beforeEach(() => {
  connects = 0;
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

const trusting = (...servers: LoopbackServer[]): HttpClient =>
  kept(
    new HttpClient({
      trusted: servers.map(({ port }) => ({ host: '127.0.0.1', port })),
      lookup,
      retries: 0,
    }),
  );
const get = (client: HttpClient, url: string, more: Partial<HttpRequest> = {}): Promise<HttpOutcome> =>
  client.send({ url, signal, ...more });
const reasonOf = (outcome: HttpOutcome): string =>
  outcome.kind === 'failed' ? outcome.reason : `answered ${outcome.status}`;

describe('addresses inside', () => {
  it('are reached by none of 800 URLs and more, and a trusted one answers all the same', async () => {
    const inside = kept(await httpServer((_request, response) => response.end('inside')));
    kept(
      await httpServer((_request, response) => response.end('inside'), { host: '::1', port: inside.port }),
    );
    const control = kept(await httpServer((_request, response) => response.end('public')));
    const client = trusting(control);
    const urls = internalUrls(inside.port);
    expect(urls.length).toBeGreaterThanOrEqual(800);
    const outcomes = await Promise.all(urls.map((url) => get(client, url, { timeoutMs: 15_000 })));
    const reasons = outcomes.map(reasonOf);
    const others = urls.filter(
      (_url, index) => !/^(refused_address|bad_url|dns)$/.test(reasons[index] ?? ''),
    );
    expect(others).toEqual([]);
    expect({ connects, inside: inside.connections }).toEqual({ connects: 0, inside: 0 });
    expect(reasons.filter((reason) => reason === 'refused_address').length).toBeGreaterThan(750);
    expect(reasonOf(await get(client, control.url))).toBe('answered 200');
    expect(connects).toBe(1);
  });

  it('are refused to the fetch that other libraries get, too', async () => {
    const inside = kept(await httpServer((_request, response) => response.end('inside')));
    const control = kept(await httpServer((_request, response) => response.end('public')));
    const trusted = [{ host: '127.0.0.1', port: control.port }];
    const client = kept(guardedFetch({ trusted, maxBytes: 1_000, timeoutMs: 15_000, lookup }));
    const urls = internalUrls(inside.port);
    const answered = async (url: string): Promise<boolean> =>
      client.fetch(url).then(
        () => true,
        () => false,
      );
    const through = await Promise.all(urls.map(answered));
    expect(urls.filter((_url, index) => through[index])).toEqual([]);
    expect({ connects, inside: inside.connections }).toEqual({ connects: 0, inside: 0 });
    expect(await answered(control.url)).toBe(true);
    expect(connects).toBe(1);
  });

  it('are refused though the environment names a proxy, allows anything, or speaks for the test', async () => {
    const inside = kept(await httpServer((_request, response) => response.end('proxied')));
    const before = { ...process.env };
    Object.assign(process.env, {
      http_proxy: inside.url,
      HTTPS_PROXY: inside.url,
      all_proxy: inside.url,
      NODE_USE_ENV_PROXY: '1',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });
    try {
      const client = trusting();
      expect(reasonOf(await get(client, 'http://127-0-0-1.inside.test/'))).toBe('refused_address');
      expect(reasonOf(await get(client, 'http://elsewhere.test/'))).toBe('dns');
    } finally {
      process.env = before;
    }
    expect({ connects, inside: inside.connections }).toEqual({ connects: 0, inside: 0 });
  });

  it('are refused when one of several addresses of a name is inside', async () => {
    const mixed = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    const client = kept(new HttpClient({ lookup: mixed, retries: 0 }));
    expect(reasonOf(await get(client, 'http://mixed.test/'))).toBe('refused_address');
    expect(connects).toBe(0);
  });

  it('are refused when a name changes its mind between one look-up and the next', async () => {
    const inside = kept(await httpServer((_request, response) => response.end('inside')));
    let asked = 0;
    const flipping = async () => [{ address: ++asked % 2 === 1 ? '192.0.2.0' : '127.0.0.1', family: 4 }];
    const client = kept(new HttpClient({ lookup: flipping, retries: 2 }));
    for (let round = 0; round < 6; round++)
      expect(reasonOf(await get(client, `http://flip.test:${inside.port}/`))).toBe('refused_address');
    expect({ connects, inside: inside.connections, asked }).toEqual({ connects: 0, inside: 0, asked: 6 });
  });

  it('are not reached by redirects, of any kind and in any notation', async () => {
    const inside = kept(await httpServer((_request, response) => response.end('inside')));
    const targets = internalUrls(inside.port).filter((_url, index) => index % 4 === 0);
    const outside = kept(
      await httpServer((request, response) => {
        const index = Number(new URL(request.url ?? '', 'http://x').pathname.slice(1));
        const status = [301, 302, 303, 307, 308][index % 5] ?? 302;
        const location = Buffer.from(targets[index] ?? '').toString('latin1');
        response.writeHead(status, { location: location.replace(/[\t\n]/g, '') }).end();
      }),
    );
    const client = trusting(outside);
    const outcomes = await Promise.all(
      targets.map((_target, index) => get(client, `${outside.url}/${index}`)),
    );
    const kinds = new Set(outcomes.map(reasonOf));
    expect([...kinds].filter((reason) => !/refused_address|bad_redirect|dns|too_many/.test(reason))).toEqual(
      [],
    );
    expect(inside.connections).toBe(0);
    expect(outcomes.map(reasonOf).filter((reason) => reason === 'refused_address').length).toBeGreaterThan(
      200,
    );
  });

  it('trust is for one host and port: not for its neighbours, nor for another name of it', async () => {
    const trusted = kept(await httpServer((_request, response) => response.end('ok')));
    const other = kept(await httpServer((_request, response) => response.end('no')));
    const client = trusting(trusted);
    expect(reasonOf(await get(client, `http://127.0.0.1:${other.port}/`))).toBe('refused_address');
    expect(reasonOf(await get(client, `http://127.0.0.2:${trusted.port}/`))).toBe('refused_address');
    expect(reasonOf(await get(client, `http://[::ffff:127.0.0.1]:${trusted.port}/`))).toBe('refused_address');
    expect(reasonOf(await get(client, `http://127-0-0-1.inside.test:${trusted.port}/`))).toBe(
      'refused_address',
    );
    expect(other.connections + trusted.connections).toBe(0);
  });
});

describe('hostile servers', () => {
  const timed = async (work: Promise<HttpOutcome>): Promise<{ reason: string; ms: number }> => {
    const from = performance.now();
    return { reason: reasonOf(await work), ms: performance.now() - from };
  };
  const limits = { timeoutMs: 400, maxBytes: 100_000 };

  it.each<[string, (write: (text: string) => void) => void]>([
    [
      'a body that drips',
      (write) => {
        write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
        setInterval(() => write('x'), 20).unref();
      },
    ],
    [
      'headers that drip',
      (write) => {
        write('HTTP/1.1 200 OK\r\n');
        setInterval(() => write('x'), 20).unref();
      },
    ],
    [
      'headers without an end',
      (write) => {
        write('HTTP/1.1 200 OK\r\n');
        let line = 0;
        setInterval(() => write(`a${line++}: b\r\n`), 20).unref();
      },
    ],
    [
      'early hints for ever',
      (write) => {
        setInterval(() => write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'), 20).unref();
      },
    ],
    ['silence', () => undefined],
  ])('%s: ends by the deadline', async (_name, serve) => {
    const server = kept(await tcpServer((socket) => serve((text) => socket.writable && socket.write(text))));
    const { reason, ms } = await timed(get(trusting(server), server.url, limits));
    expect(reason).toBe('timeout');
    expect(ms).toBeGreaterThan(350);
    expect(ms).toBeLessThan(10_000);
  });

  it.each([
    ['huge headers', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(64 * 1024)}\r\n\r\n`],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx'],
    [
      'length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['broken gzip', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello'],
    ['an unknown encoding', 'HTTP/1.1 200 OK\r\ncontent-encoding: lz9\r\ncontent-length: 5\r\n\r\nhello'],
    [
      'encodings in encodings',
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip,gzip,gzip\r\ncontent-length: 1\r\n\r\nh',
    ],
  ])('%s: is no response', async (_name, bytes) => {
    const server = kept(await tcpServer((socket) => void socket.once('data', () => socket.end(bytes))));
    const { reason, ms } = await timed(get(trusting(server), server.url, limits));
    expect(reason).toBe('bad_response');
    expect(ms).toBeLessThan(10_000);
  });

  const bomb = Buffer.alloc(64 * 1024 * 1024);
  it.each([
    ['gzip', gzipSync(bomb)],
    ['deflate', deflateSync(bomb)],
    ['br', brotliCompressSync(bomb.subarray(0, 16 * 1024 * 1024))],
    ['zstd', zstdCompressSync(bomb)],
    ['gzip, gzip', gzipSync(gzipSync(bomb))],
  ])('a bomb in %s stops at the limit', async (encoding, packed) => {
    const server = kept(
      await httpServer((_request, response) => {
        response.writeHead(200, { 'content-encoding': encoding }).end(packed);
      }),
    );
    const before = process.memoryUsage().arrayBuffers;
    const { reason } = await timed(get(trusting(server), server.url, { maxBytes: 100_000 }));
    expect(reason).toBe('too_large');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });

  it('an endless body stops at the limit', async () => {
    const server = kept(
      await httpServer((_request, response) => {
        const more = (): void => {
          while (response.write(Buffer.alloc(16_384))) if (response.destroyed) return;
          response.once('drain', more);
        };
        more();
      }),
    );
    const { reason, ms } = await timed(get(trusting(server), server.url, { maxBytes: 1_000_000 }));
    expect(reason).toBe('too_large');
    expect(ms).toBeLessThan(15_000);
  });

  it('redirects without an end stop after five', async () => {
    let asked = 0;
    const server = kept(
      await httpServer((_request, response) => response.writeHead(302, { location: `/${++asked}` }).end()),
    );
    expect(reasonOf(await get(trusting(server), server.url))).toBe('too_many_redirects');
    expect(asked).toBe(6);
  });

  it('a wait that is asked for and too long is not waited for', async () => {
    const server = kept(
      await httpServer((_request, response) => response.writeHead(503, { 'retry-after': '86400' }).end()),
    );
    const client = kept(new HttpClient({ trusted: [{ host: '127.0.0.1', port: server.port }] }));
    const { reason, ms } = await timed(get(client, server.url));
    expect(reason).toBe('answered 503');
    expect(ms).toBeLessThan(10_000);
  });
});
