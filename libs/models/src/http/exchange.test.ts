import { randomBytes } from 'node:crypto';
import { createServer as createTcpServer, type AddressInfo, type Server, connect } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Responder, finish, say, sse, stream, streamHeaders } from '../testing/byte-server';
import { Harness, question } from '../testing/harness';
import { play } from '../testing/wire-server';
import { ollamaChatWire } from '../testing/wires/ollama-chat';
import { selfSigned } from '@lumina/testing';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(respond: Responder, env: Record<string, string> = {}): Promise<Harness> {
  const harness = await Harness.start(respond, { LUMINA_MODEL_ATTEMPTS: '1', ...env });
  cleanups.push(() => harness.close());
  return harness;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanups.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const nothing: Responder = () => undefined;
const nothingAtAll = (): void => undefined;

describe('time limits', () => {
  it('on the connection, its TLS included', async () => {
    const sockets: { destroy: () => void }[] = [];
    const port = await listen(createTcpServer((socket) => sockets.push(socket)));
    cleanups.push(() => {
      for (const socket of sockets) socket.destroy();
    });
    const env = {
      OPENAI_BASE_URL: `https://127.0.0.1:${String(port)}`,
      LUMINA_MODEL_CONNECT_TIMEOUT: '100ms',
    };
    const failure = await (await start(nothing, env)).failure();
    expect(failure.code).toBe('LUM_MODEL_UNAVAILABLE');
    expect(failure.message).toContain('UND_ERR_CONNECT_TIMEOUT');
  });

  it('on the first token, when no response begins', async () => {
    const failure = await (await start(nothing, { LUMINA_MODEL_FIRST_TOKEN_TIMEOUT: '100ms' })).failure();
    expect(failure.message).toContain('did not begin to answer within 100 ms');
  });

  it('on the first token, however many comments drip in', async () => {
    const h = await start(
      async (response) => {
        response.writeHead(200, streamHeaders);
        for (let n = 0; n < 100 && !response.destroyed; n += 1) {
          response.write(': processing\n\n');
          await delay(20);
        }
      },
      { LUMINA_MODEL_FIRST_TOKEN_TIMEOUT: '200ms' },
    );
    expect((await h.failure()).message).toContain('did not begin to answer within 200 ms');
  });

  it('on silence within an answer', async () => {
    const h = await start(
      (response) => {
        response.writeHead(200, streamHeaders).write(sse(say('a')));
      },
      { LUMINA_MODEL_IDLE_TIMEOUT: '100ms' },
    );
    const { outcome, shown } = await h.ask();
    expect(shown).toEqual(['a']);
    expect(outcome).toMatchObject({ kind: 'failed', code: 'LUM_MODEL_UNAVAILABLE' });
    expect(outcome.kind === 'failed' && outcome.message).toContain('fell silent for 100 ms');
  });

  it('not on an answer that goes on longer than one silence may last', async () => {
    const h = await start(
      async (response) => {
        response.writeHead(200, streamHeaders);
        for (let n = 0; n < 8; n += 1) {
          response.write(sse(say('a')));
          await delay(50);
        }
        response.end(sse(finish(), '[DONE]'));
      },
      { LUMINA_MODEL_IDLE_TIMEOUT: '200ms', LUMINA_MODEL_FIRST_TOKEN_TIMEOUT: '200ms' },
    );
    expect((await h.answer()).message.content).toBe('aaaaaaaa');
  });

  it('on the whole answer, however it drips', async () => {
    const h = await start(
      async (response) => {
        response.writeHead(200, streamHeaders);
        for (let n = 0; n < 100 && !response.destroyed; n += 1) {
          response.write(sse(say('a')));
          await delay(20);
        }
      },
      { LUMINA_MODEL_CALL_TIMEOUT: '300ms' },
    );
    expect((await h.failure()).message).toContain('did not finish within 300 ms');
  });

  it('leave no response running', async () => {
    let closed = 0;
    const h = await start(
      (response) => {
        response.on('close', () => (closed += 1));
        response.writeHead(200, streamHeaders).write(sse(say('a')));
      },
      { LUMINA_MODEL_IDLE_TIMEOUT: '50ms' },
    );
    await h.failure();
    await delay(50);
    expect(closed).toBe(1);
  });
});

describe('the signal', () => {
  it.each([
    ['before the response', nothing],
    [
      'within the response',
      ((response) => {
        response.writeHead(200, streamHeaders).write(sse(say('a')));
      }) satisfies Responder,
    ],
  ])('ends an answer %s and its connection', async (_, respond) => {
    let closed = 0;
    const h = await start((response, request, n) => {
      response.on('close', () => (closed += 1));
      void respond(response, request, n);
    });
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 50);
    expect((await h.ask(question, { signal: controller.signal })).outcome).toEqual({ kind: 'aborted' });
    await delay(50);
    expect(closed).toBe(1);
  });

  it('ends an answer while the connection is still being made, and asks nobody then', async () => {
    let heard = '';
    const server = createTcpServer((socket) => {
      cleanups.push(() => socket.destroy());
      socket.on('data', (bytes) => (heard += bytes.toString('latin1')));
    });
    const port = await listen(server);
    const env = {
      OPENAI_BASE_URL: `https://127.0.0.1:${String(port)}`,
      LUMINA_MODEL_CONNECT_TIMEOUT: '60s',
    };
    const h = await start(nothing, env);
    const controller = new AbortController();
    server.once('connection', () => {
      controller.abort();
    });
    expect((await h.ask(question, { signal: controller.signal })).outcome).toEqual({ kind: 'aborted' });
    expect(heard).not.toContain('POST');
  });
});

describe('size', () => {
  it('is capped', async () => {
    const h = await start(
      (response) => {
        stream(response, say('x'.repeat(100_000)));
      },
      { LUMINA_MODEL_MAX_ANSWER: '64KiB' },
    );
    expect((await h.failure()).message).toContain('sent more than 65536 bytes');
  });

  it('is capped as decompressed', async () => {
    const bomb = gzipSync(sse(say('x'.repeat(5_000_000))));
    expect(bomb.length).toBeLessThan(10_000);
    const h = await start(
      (response) => {
        response.writeHead(200, { ...streamHeaders, 'content-encoding': 'gzip' }).end(bomb);
      },
      { LUMINA_MODEL_MAX_ANSWER: '64KiB' },
    );
    expect((await h.failure()).message).toContain('sent more than 65536 bytes');
  });
});

describe('compression', () => {
  const bytes = Buffer.from(sse(say('Grüezi'), finish(), '[DONE]'));

  it.each([
    ['gzip', gzipSync(bytes)],
    ['br', brotliCompressSync(bytes)],
    ['deflate', deflateSync(bytes)],
  ])('%s is understood, though not asked for', async (encoding, body) => {
    const h = await start((response) => {
      response.writeHead(200, { ...streamHeaders, 'content-encoding': encoding }).end(body);
    });
    expect((await h.answer()).message.content).toBe('Grüezi');
    expect(h.server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('of an answer that is read faster than it is unpacked loses nothing of it', async () => {
    const text = randomBytes(1_500_000).toString('hex');
    const packed = gzipSync(sse(say(text), finish(), '[DONE]'));
    const h = await start((response) => {
      response.writeHead(200, { ...streamHeaders, 'content-encoding': 'gzip' }).end(packed);
    });
    expect((await h.answer()).message.content === text).toBe(true);
  });

  it('that breaks off is a broken answer', async () => {
    const packed = gzipSync(sse(say('a'), finish(), '[DONE]'));
    const h = await start((response) => {
      response.writeHead(200, { ...streamHeaders, 'content-encoding': 'gzip' }).end(packed.subarray(0, 12));
    });
    expect(await h.failure()).toMatchObject({ code: 'LUM_MODEL_UNAVAILABLE' });
  });

  it('that is none is a broken answer', async () => {
    const h = await start((response) => {
      response.writeHead(200, { ...streamHeaders, 'content-encoding': 'gzip' }).end('no gzip at all');
    });
    expect(await h.failure()).toMatchObject({ code: 'LUM_MODEL_UNAVAILABLE' });
  });
});

describe('connections', () => {
  it('are used again', async () => {
    const h = await start((response) => {
      stream(response, say('a'), finish());
    });
    for (let n = 0; n < 5; n += 1) {
      await h.answer();
      await delay(10);
    }
    expect(h.server.connections()).toBe(1);
  });

  it('are used again, though the server ends its response later than its answer', async () => {
    const h = await start(async (response) => {
      response.writeHead(200, streamHeaders).write(sse(say('a'), finish(), '[DONE]'));
      await delay(50);
      response.end(': bye\n\n');
    });
    await h.answer();
    await delay(100);
    await h.answer();
    expect(h.server.connections()).toBe(1);
  });

  it('are given up where a response goes on after its answer', async () => {
    const closed = Promise.withResolvers<true>();
    const h = await start((response) => {
      response.on('close', () => {
        closed.resolve(true);
      });
      response.writeHead(200, streamHeaders).write(sse(say('a'), finish(), '[DONE]'));
    });
    expect((await h.answer()).message.content).toBe('a');
    expect(await closed.promise).toBe(true);
  });

  it('that the server has closed meanwhile do not fail an answer', async () => {
    const h = await start(
      (response, _, n) => {
        if (n === 0) response.on('finish', () => setTimeout(() => response.socket?.destroy(), 5));
        stream(response, say('a'), finish());
      },
      { LUMINA_MODEL_ATTEMPTS: '2' },
    );
    await h.answer();
    await delay(30);
    expect((await h.answer()).message.content).toBe('a');
  });

  it('that are refused say so', async () => {
    const h = await start(nothing, {
      OPENAI_BASE_URL: 'http://127.0.0.1:1',
      OLLAMA_BASE_URL: 'http://127.0.0.1:1',
    });
    expect((await h.failure()).message).toMatch(
      /at 127.0.0.1:1 could not be reached \(ECONNREFUSED\).*OPENAI_BASE_URL/,
    );
    expect((await h.failure(question, { chain: ['ollama/x'] })).message).toContain('`ollama serve`');
  });

  it('to names that do not exist say so', async () => {
    const h = await start(nothing, { OPENAI_BASE_URL: 'http://no-such-host.invalid' });
    expect((await h.failure()).message).toMatch(/at no-such-host.invalid could not be reached \(E\w+\)/);
  });
});

describe('TLS', () => {
  it('is verified, even where NODE_TLS_REJECT_UNAUTHORIZED switches that off', async () => {
    let hasAnswered = false;
    const server = createTlsServer(selfSigned('127.0.0.1'), (_, response) => {
      hasAnswered = true;
      stream(response, say('a'));
    });
    const port = await listen(server);
    const before = { ...process.env };
    cleanups.push(() => {
      process.env = before;
    });
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const h = await start(nothing, { OPENAI_BASE_URL: `https://127.0.0.1:${String(port)}` });
    const failure = await h.failure();
    expect(failure.code).toBe('LUM_MODEL_REJECTED');
    expect(failure.message).toMatch(/certificate that is not trusted \(.*\).*NODE_EXTRA_CA_CERTS/);
    expect(hasAnswered).toBe(false);
  });
});

describe('proxies', () => {
  /** Passes CONNECT on, answers plain requests itself, and notes what it was asked for. */
  async function proxy(): Promise<{ url: string; asked: string[] }> {
    const asked: string[] = [];
    const server = createHttpServer((request, response) => {
      asked.push(request.url ?? '');
      stream(response, say('by proxy'), finish());
    });
    server.on('connect', (request, client) => {
      asked.push(request.url ?? '');
      const [host = '', port = ''] = (request.url ?? '').split(':');
      const target = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        target.pipe(client).pipe(target);
      });
      client.on('error', () => target.destroy());
      target.on('error', () => client.destroy());
    });
    return { url: `http://127.0.0.1:${String(await listen(server))}`, asked };
  }

  const answering: Responder = (response) => {
    stream(response, say('directly'), finish());
  };

  it('are not used because the environment names them', async () => {
    const { url, asked } = await proxy();
    const before = { ...process.env };
    cleanups.push(() => {
      process.env = before;
    });
    for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'ALL_PROXY']) {
      process.env[name] = url;
    }
    expect((await (await start(answering)).answer()).message.content).toBe('directly');
    expect(asked).toEqual([]);
  });

  it('are used where they are configured, and never for a local provider', async () => {
    const { url, asked } = await proxy();
    const local = await start((response) => {
      play(response, ollamaChatWire, { pieces: ['directly'] });
    });
    const h = await start(answering, { LUMINA_MODEL_PROXY_URL: url, OLLAMA_BASE_URL: local.server.url });
    expect((await h.answer()).message.content).toBe('by proxy');
    expect(asked).toEqual([`${h.server.url}/v1/chat/completions`]);
    const direct = await h.answer(question, { chain: ['ollama/x'] });
    expect(direct.message.content).toBe('directly');
    expect(asked).toHaveLength(1);
  });

  it('cannot pose as the provider: TLS is verified through them', async () => {
    const { url, asked } = await proxy();
    const port = await listen(createTlsServer(selfSigned('127.0.0.1'), nothingAtAll));
    const target = `127.0.0.1:${String(port)}`;
    const h = await start(nothing, { LUMINA_MODEL_PROXY_URL: url, OPENAI_BASE_URL: `https://${target}` });
    expect((await h.failure()).message).toContain('certificate that is not trusted');
    expect(asked).toEqual([target]);
  });
});
