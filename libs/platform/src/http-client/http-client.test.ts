import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { selfSigned } from '@lumina/testing';
import { SettingsError, parseSettings } from '../config';
import { HttpClient, type HttpClientOptions } from './http-client';
import type { HttpMeasure, HttpOutcome, HttpRequest, HttpResponse } from './http-exchange';
import { endpointOf, endpointOfUrl, httpSettings } from './http-settings';
import { type LoopbackServer, httpServer, tcpServer } from './testing/scripted-server';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
const kept = <Closable extends { close(): unknown }>(one: Closable): Closable => {
  opened.push(one);
  return one;
};
const signal = new AbortController().signal;
const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  kept(await httpServer(answer));
const clientOf = (options: HttpClientOptions, ...servers: LoopbackServer[]): HttpClient =>
  kept(new HttpClient({ trusted: servers.map(({ port }) => ({ host: '127.0.0.1', port })), ...options }));
const get = (client: HttpClient, url: string, more: Partial<HttpRequest> = {}): Promise<HttpOutcome> =>
  client.send({ url, signal, ...more });
const answered = (outcome: HttpOutcome): HttpResponse => {
  if (outcome.kind === 'failed') throw new Error(`${outcome.reason}: ${outcome.message}`);
  return outcome;
};
const reasonOf = (outcome: HttpOutcome): string =>
  outcome.kind === 'failed' ? outcome.reason : `answered ${outcome.status}`;

describe('a call', () => {
  it('brings status, headers, body and where it came from', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(404, { 'X-One': 'a', 'set-cookie': ['b=1', 'c=2'] }).end('none here');
    });
    const got = answered(await get(clientOf({}, server), `${server.url}/page?q=1`));
    expect({ ...got, body: got.body.toString() }).toMatchObject({
      status: 404,
      headers: { 'x-one': 'a', 'set-cookie': 'b=1, c=2' },
      body: 'none here',
      url: `${server.url}/page?q=1`,
    });
  });

  it('sends method, headers and body as given, and says who it is', async () => {
    let seen = {};
    const server = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { method, headers } = request;
        seen = {
          method,
          key: headers['x-key'],
          agent: headers['user-agent'],
          type: headers['content-type'],
          body,
        };
        response.end();
      });
    });
    const headers = { 'x-key': 'k', 'content-type': 'application/json' };
    const call = { method: 'POST', headers, body: '{"q":"ä"}' } as const;
    answered(await get(clientOf({ userAgent: 'Test/1' }, server), server.url, call));
    expect(seen).toEqual({
      method: 'POST',
      key: 'k',
      agent: 'Test/1',
      type: 'application/json',
      body: '{"q":"ä"}',
    });
  });

  it.each([
    ['gzip', gzipSync('text')],
    ['br', brotliCompressSync('text')],
    ['zstd', zstdCompressSync('text')],
    ['identity', Buffer.from('text')],
    ['br, gzip', gzipSync(brotliCompressSync('text'))],
  ])('decodes %s', async (encoding, body) => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(body);
    });
    expect(answered(await get(clientOf({}, server), server.url)).body.toString()).toBe('text');
  });

  it('uses a connection again', async () => {
    const server = await serve((_request, response) => response.end('x'));
    const client = clientOf({}, server);
    for (let round = 0; round < 5; round++) await get(client, server.url);
    expect(server.connections).toBe(1);
  });

  it('ends when its signal fires, and closes the connection', async () => {
    const closed: Promise<void>[] = [];
    const server = await serve((request, response) => {
      closed.push(new Promise((resolve) => request.socket.once('close', () => resolve())));
      response.write('begun');
    });
    const stop = new AbortController();
    const outcome = get(clientOf({}, server), server.url, { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    expect(reasonOf(await outcome)).toBe('aborted');
    await Promise.all(closed);
    expect(reasonOf(await get(clientOf({}, server), server.url, { signal: stop.signal }))).toBe('aborted');
  });

  it('tells what cannot be reached, in words that give no path away', async () => {
    const gone = await serve(() => undefined);
    await gone.close();
    const outcome = await get(clientOf({ retries: 0 }, gone), `${gone.url}/secret?key=k`);
    expect(outcome).toEqual({
      kind: 'failed',
      reason: 'connect',
      message: `127.0.0.1:${gone.port} cannot be reached`,
    });
  });

  it('is measured', async () => {
    const measures: HttpMeasure[] = [];
    const server = await serve((_request, response) => response.end('12345'));
    const client = clientOf({ onMeasure: (measure) => measures.push(measure) }, server);
    await get(client, server.url);
    await get(client, 'http://10.0.0.1/');
    expect(measures).toMatchObject([
      { host: `127.0.0.1:${server.port}`, outcome: 'answered', status: 200, attempts: 1, bodyBytes: 5 },
      { host: '10.0.0.1', outcome: 'refused_address', attempts: 1, bodyBytes: 0 },
    ]);
  });
});

describe('redirects', () => {
  it('are followed, and the final place is told', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(301, { location: 'b' }).end('moved');
      else response.end('here');
    });
    const got = answered(await get(clientOf({}, server), `${server.url}/a`));
    expect([got.url, got.body.toString()]).toEqual([`${server.url}/b`, 'here']);
  });

  it('carry no key to another origin', async () => {
    let seen: IncomingMessage['headers'] = {};
    const other = await serve((request, response) => {
      seen = request.headers;
      response.end();
    });
    const server = await serve((_request, response) =>
      response.writeHead(302, { location: other.url }).end(),
    );
    const headers = { authorization: 'Bearer x', 'x-api-key': 'x', cookie: 'x', accept: 'text/html' };
    answered(await get(clientOf({}, server, other), server.url, { headers }));
    expect([seen.authorization, seen['x-api-key'], seen.cookie, seen.accept]).toEqual([
      undefined,
      undefined,
      undefined,
      'text/html',
    ]);
  });

  it.each([['file:///etc/passwd'], ['http://user:password@example.com/'], ['data:text/html,x'], ['http://']])(
    'to %s are not followed',
    async (location) => {
      const server = await serve((_request, response) => response.writeHead(302, { location }).end());
      expect(reasonOf(await get(clientOf({}, server), server.url))).toBe('bad_redirect');
    },
  );

  it('of a POST are the answer', async () => {
    const server = await serve((_request, response) => response.writeHead(307, { location: '/b' }).end());
    const outcome = await get(clientOf({}, server), server.url, { method: 'POST', body: 'x' });
    expect(reasonOf(outcome)).toBe('answered 307');
  });
});

describe('retries', () => {
  const failing = (times: number, fail: (response: ServerResponse) => void) => {
    let asked = 0;
    return {
      asked: () => asked,
      answer: (_request: IncomingMessage, response: ServerResponse): void => {
        asked += 1;
        if (asked <= times) fail(response);
        else response.end('at last');
      },
    };
  };

  it.each([408, 429, 500, 503])('happen after %i', async (status) => {
    const { asked, answer } = failing(2, (response) => response.writeHead(status).end());
    const server = await serve(answer);
    expect(answered(await get(clientOf({}, server), server.url)).body.toString()).toBe('at last');
    expect(asked()).toBe(3);
  });

  it('happen when the connection breaks before an answer', async () => {
    const { asked, answer } = failing(1, (response) => response.destroy());
    const server = await serve(answer);
    expect(reasonOf(await get(clientOf({}, server), server.url))).toBe('answered 200');
    expect(asked()).toBe(2);
  });

  it('end with the last answer', async () => {
    const { asked, answer } = failing(9, (response) => response.writeHead(503).end('busy'));
    const server = await serve(answer);
    const got = answered(await get(clientOf({}, server), server.url));
    expect([got.status, got.body.toString(), asked()]).toEqual([503, 'busy', 3]);
  });

  it('do not happen for what may have had an effect, unless the caller knows better', async () => {
    const { asked, answer } = failing(9, (response) => response.writeHead(503).end());
    const server = await serve(answer);
    const client = clientOf({}, server);
    await get(client, server.url, { method: 'POST', body: '' });
    expect(asked()).toBe(1);
    await get(client, server.url, { method: 'POST', body: '', isIdempotent: true });
    expect(asked()).toBe(4);
  });

  it.each([400, 401, 404, 501])('do not happen after %i', async (status) => {
    const { asked, answer } = failing(9, (response) => response.writeHead(status).end());
    const server = await serve(answer);
    await get(clientOf({}, server), server.url);
    expect(asked()).toBe(1);
  });

  it('wait as long as they are asked to', async () => {
    const { answer } = failing(1, (response) => response.writeHead(429, { 'retry-after': '1' }).end());
    const server = await serve(answer);
    const from = performance.now();
    expect(reasonOf(await get(clientOf({}, server), server.url))).toBe('answered 200');
    expect(performance.now() - from).toBeGreaterThan(990);
  });

  it('do not outlast the deadline', async () => {
    const { asked, answer } = failing(9, (response) => response.writeHead(429, { 'retry-after': '2' }).end());
    const server = await serve(answer);
    const from = performance.now();
    expect(reasonOf(await get(clientOf({}, server), server.url, { timeoutMs: 500 }))).toBe('answered 429');
    expect([performance.now() - from < 1_900, asked()]).toEqual([true, 1]);
  });

  it('stop waiting when the signal fires', async () => {
    const { answer } = failing(9, (response) => response.writeHead(429, { 'retry-after': '5' }).end());
    const server = await serve(answer);
    const from = performance.now();
    const outcome = get(clientOf({}, server), server.url, { signal: AbortSignal.timeout(100) });
    expect(reasonOf(await outcome)).toBe('aborted');
    expect(performance.now() - from).toBeLessThan(4_500);
  });
});

describe('TLS', () => {
  const secure = async (certificate: { key: string; cert: string }, options = {}) => {
    const server = createTlsServer({ ...certificate, ...options }, (_request, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1/' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    kept({ close: () => server.closeAllConnections() ?? server.close() });
    return (server.address() as AddressInfo).port;
  };
  const own = selfSigned('localhost');
  const call = (port: number, ca?: string) => {
    const trusted = [{ host: 'localhost', port }];
    const client = kept(new HttpClient({ trusted, retries: 0, ...(ca === undefined ? {} : { ca }) }));
    return get(client, `https://localhost:${port}/`, { maxRedirects: 0 });
  };

  it('is accepted from who is trusted', async () => {
    expect(reasonOf(await call(await secure(own), own.cert))).toBe('too_many_redirects');
  });

  it('is verified, also when the environment says not to', async () => {
    const port = await secure(own);
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      expect(reasonOf(await call(port))).toBe('tls');
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  it('is refused for another name', async () => {
    const other = selfSigned('elsewhere.test');
    expect(reasonOf(await call(await secure(other), other.cert))).toBe('tls');
  });

  it('is refused below version 1.2', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    expect(reasonOf(await call(await secure(own, old), own.cert))).toBe('tls');
  });

  it('is not spoken to who speaks something else', async () => {
    const server = kept(await tcpServer((socket) => void socket.end('220 mail.test ESMTP\r\n')));
    const client = clientOf({ retries: 0 }, server);
    expect(reasonOf(await get(client, `https://127.0.0.1:${server.port}/`))).toBe('tls');
  });

  it('is not left by a redirect', async () => {
    const port = await secure(own);
    const client = kept(new HttpClient({ trusted: [{ host: 'localhost', port }], ca: own.cert }));
    expect(reasonOf(await get(client, `https://localhost:${port}/`))).toBe('bad_redirect');
  });
});

describe('settings', () => {
  const parse = (environment: Record<string, string>) => parseSettings(httpSettings, environment);

  it('take loopback endpoints alone', () => {
    expect(parse({ LUMINA_HTTP_ALLOW: '127.0.0.1:80,[::1]:81,localhost:82' }).LUMINA_HTTP_ALLOW).toHaveLength(
      3,
    );
    for (const text of [
      '10.0.0.1:80',
      'example.com:80',
      '127.0.0.1',
      '127.0.0.1.nip.io:80',
      '169.254.169.254:80',
    ])
      expect(() => parse({ LUMINA_HTTP_ALLOW: text })).toThrow(SettingsError);
  });

  it('take networks alone', () => {
    expect(parse({ LUMINA_HTTP_REFUSE: '203.0.113.0/24,2a00::/16' }).LUMINA_HTTP_REFUSE).toHaveLength(2);
    expect(() => parse({ LUMINA_HTTP_REFUSE: '203.0.113.0/33' })).toThrow(SettingsError);
  });

  it('become endpoints', () => {
    expect(endpointOf('[::1]:81')).toEqual({ host: '[::1]', port: 81 });
    expect(endpointOfUrl('https://search.inside/x')).toEqual({ host: 'search.inside', port: 443 });
    expect(endpointOfUrl('http://search.inside/x').port).toBe(80);
    expect(endpointOfUrl('http://search.inside:8080/x').port).toBe(8080);
  });
});
