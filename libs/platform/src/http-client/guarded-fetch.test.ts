import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type GuardedFetchOptions, guardedFetch } from './guarded-fetch';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function bench(answer: Answer, more: Partial<GuardedFetchOptions> = {}) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = guardedFetch({
    trusted: [{ host: '127.0.0.1', port }],
    maxBytes: 10_000,
    timeoutMs: 10_000,
    ...more,
  });
  open.push(() => {
    client.close();
    server.close();
    server.closeAllConnections();
  });
  return { client, url: `http://127.0.0.1:${port}`, port };
}

describe('the guarded fetch', () => {
  it('sends text and headers, and gives back status, headers and body', async () => {
    const { client, url } = await bench((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => {
        response.writeHead(201, { 'x-own': 'a' });
        response.end(`${request.method} ${String(request.headers['x-in'])} ${text}`);
      });
    });
    const response = await client.fetch(url, { method: 'POST', body: 'hello', headers: { 'x-in': 'b' } });
    expect([response.status, response.headers.get('x-own')]).toEqual([201, 'a']);
    expect(await response.text()).toBe('POST b hello');
  });

  it('gives a stream on while it comes', async () => {
    let more: ServerResponse | undefined;
    const { client, url } = await bench((_request, response) => {
      response.write('one');
      more = response;
    });
    const reader = (await client.fetch(url)).body?.getReader();
    const text = async () => new TextDecoder().decode((await reader?.read())?.value);
    expect(await text()).toBe('one');
    more?.write('two');
    expect(await text()).toBe('two');
    await reader?.cancel();
  });

  it('ends a body that is too large', async () => {
    const { client, url } = await bench((_request, response) => response.end('x'.repeat(20_000)));
    await expect((await client.fetch(url)).text()).rejects.toThrow();
  });

  it('follows no redirect', async () => {
    const { client, url } = await bench((_request, response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    );
    expect((await client.fetch(url)).status).toBe(302);
  });

  it('answers a status that has no body', async () => {
    const { client, url } = await bench((_request, response) => response.writeHead(204).end());
    expect((await client.fetch(url, { method: 'DELETE' })).status).toBe(204);
  });

  it('takes no encoding that it did not ask for', async () => {
    const { client, url } = await bench((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    );
    await expect(client.fetch(url)).rejects.toThrow('encoding');
  });

  it('gives up on a server that says nothing, and on one that never ends an answer', async () => {
    const silent = await bench(() => undefined, { timeoutMs: 50 });
    await expect(silent.client.fetch(silent.url)).rejects.toThrow('no answer within 50 ms');
    const endless = await bench((_request, response) => response.write('x'), { timeoutMs: 200 });
    const response = await endless.client.fetch(endless.url, { method: 'POST', body: '{}' });
    await expect(response.text()).rejects.toThrow();
  });

  it('ends at once when its signal fires', async () => {
    const { client, url } = await bench(() => undefined);
    const stop = new AbortController();
    const asked = client.fetch(url, { signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toThrow(/abort/i);
  });

  it('refuses what is no text', async () => {
    const { client, url } = await bench((_request, response) => response.end());
    await expect(client.fetch(url, { method: 'POST', body: new Uint8Array(1) })).rejects.toThrow('only text');
  });

  it('connects to the port that is trusted and to no other of that host', async () => {
    const { client, port } = await bench((_request, response) => response.end('in'));
    await expect(client.fetch(`http://127.0.0.1:${port === 1 ? 2 : 1}/`)).rejects.toThrow(/not an address/);
    await expect(client.fetch(`http://localhost:${port}/`)).rejects.toThrow();
  });
});
