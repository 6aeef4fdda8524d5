import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startModelSim } from './index';
import { chunksOf, closeAll, eventually, get, hello, post, start, textOf } from './testing/sim-client';

afterEach(closeAll);

describe('the built-in model over HTTP', () => {
  it('answers whole, naming itself simulated everywhere', async () => {
    const sim = await start();
    const response = await post(sim);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('x-request-id')).toMatch(/^sim-/);
    expect(await response.json()).toMatchObject({
      object: 'chat.completion',
      model: 'simulated',
      system_fingerprint: expect.stringContaining('simulated'),
      choices: [
        {
          message: { role: 'assistant', content: expect.stringMatching(/^\[simulated model\] /) },
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 2, completion_tokens: expect.any(Number), total_tokens: expect.any(Number) },
    });
  });

  it('streams the same answer in words, with usage when asked', async () => {
    const sim = await start();
    const whole = (await (await post(sim)).json()) as {
      choices: [{ message: { content: string } }];
      usage: unknown;
    };
    const response = await post(sim, { ...hello, stream: true, stream_options: { include_usage: true } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const text = await response.text();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    const chunks = chunksOf(text);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(textOf(chunks)).toBe(whole.choices[0].message.content);
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    expect(chunks[0]).toHaveProperty('usage', null);
  });

  it('calls an offered tool, then answers from its result', async () => {
    const sim = await start();
    const parameters = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
    const tools = [{ type: 'function', function: { name: 'read_file', parameters } }];
    const messages: unknown[] = [{ role: 'user', content: 'read a.txt' }];
    const asked = (await (await post(sim, { ...hello, messages, tools })).json()) as {
      choices: [
        { message: { content: null; tool_calls: [{ id: string; function: object }] }; finish_reason: string },
      ];
    };
    const [{ message, finish_reason }] = asked.choices;
    expect(finish_reason).toBe('tool_calls');
    expect(message.content).toBeNull();
    expect(message.tool_calls[0].function).toEqual({ name: 'read_file', arguments: '{"path":"a.txt"}' });
    messages.push(message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'forty-two' });
    const answered = await (await post(sim, { ...hello, messages, tools, stream: true })).text();
    expect(textOf(chunksOf(answered))).toContain('forty-two');
    const streamed = chunksOf(
      await (await post(sim, { ...hello, messages: messages.slice(0, 1), tools, stream: true })).text(),
    );
    expect(streamed.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])).toMatchObject([
      { index: 0, id: expect.any(String), function: { name: 'read_file' } },
      { index: 0, function: { arguments: '{"path":"a.txt"}' } },
    ]);
  });

  it('lists its models and says that it is well', async () => {
    const sim = await start('scenarios: {a: {model: slow, turns: [{text: x}]}}');
    expect(await get(sim, '/v1/models')).toMatchObject({
      data: [{ id: 'simulated', owned_by: 'lumina-simulated' }, { id: 'slow' }],
    });
    expect(await get(sim, '/v1/models/slow')).toMatchObject({ id: 'slow', object: 'model' });
    expect(await get(sim, '/health/live')).toMatchObject({ status: 'ok' });
    expect(await get(sim, '/health/ready')).toMatchObject({ status: 'ok', simulated: true });
  });
});

describe("errors in OpenAI's form", () => {
  const errorOf = async (response: Promise<Response>): Promise<unknown> => {
    const answered = await response;
    return { status: answered.status, ...((await answered.json()) as object) };
  };

  it('are given for bodies that are no request', async () => {
    const sim = await start();
    const error = (message: string, param: string | null = null): object => ({
      status: 400,
      error: {
        message: expect.stringContaining(message),
        type: 'invalid_request_error',
        code: 'invalid_request',
        param,
      },
    });
    expect(await errorOf(post(sim, '{'))).toEqual(error('not JSON'));
    expect(await errorOf(post(sim, { model: 'm' }))).toEqual(error('messages', 'messages'));
    expect(await errorOf(post(sim, 'x'.repeat(33 * 1024 * 1024)))).toMatchObject({ status: 413 });
    expect(await errorOf(fetch(`${sim.url}/v1/nothing`))).toMatchObject({
      status: 404,
      error: { code: 'unknown_url' },
    });
    expect(await errorOf(fetch(`${sim.url}/v1/chat/completions`))).toMatchObject({ status: 404 });
    expect(await errorOf(fetch(`${sim.url}/`))).toMatchObject({ status: 404 });
  });

  it('are given without the key, and the key opens', async () => {
    const sim = await start(undefined, 'sekrit');
    const withKey = (authorization: string): Promise<Response> =>
      post(sim, hello, { headers: { authorization } });
    expect(await errorOf(post(sim))).toMatchObject({
      status: 401,
      error: { type: 'authentication_error', code: 'invalid_api_key' },
    });
    expect((await withKey('Bearer sekri')).status).toBe(401);
    expect((await withKey('Bearer sekriT')).status).toBe(401);
    expect((await withKey('Bearer sekrit')).status).toBe(200);
    expect((await fetch(`${sim.url}/health/ready`)).status).toBe(200);
  });

  it('are given for a scenario that is unknown or at its end', async () => {
    const sim = await start('turns: [{text: a}]');
    const again = { ...hello, messages: [...hello.messages, { role: 'assistant', content: 'a' }] };
    expect(await errorOf(post(sim, again))).toMatchObject({ status: 400, error: { code: 'scenario' } });
    expect(await errorOf(post(sim, hello, { headers: { 'x-sim-scenario': 'nope' } }))).toMatchObject({
      status: 400,
    });
  });
});

describe('the request log', () => {
  it('tells what was asked and never what was said', async () => {
    const sim = await start('scenarios: {mine: {match: secret, turns: [{text: reply-words}]}}');
    const tools = [{ type: 'function', function: { name: 'read_file', parameters: {} } }];
    await (await post(sim, { model: 'm', messages: [{ role: 'user', content: 'a secret' }], tools })).text();
    const log = (await get(sim, '/sim/requests')) as unknown[];
    expect(log).toMatchObject([
      {
        path: '/v1/chat/completions',
        model: 'm',
        stream: false,
        messages: 1,
        tools: ['read_file'],
        scenario: 'mine',
        turn: 0,
        attempt: null,
        outcome: 'answered',
        status: 200,
        disconnectedByClient: false,
      },
    ]);
    expect(JSON.stringify(log)).not.toMatch(/a secret|reply-words/);
  });

  it('keeps the last thousand, oldest first, and can be cleared', async () => {
    const sim = await start('{after_last_turn: repeat, turns: [{text: x}]}');
    for (let batch = 0; batch < 21; batch += 1) {
      await Promise.all(
        Array.from({ length: 50 }, async () =>
          (await post(sim, { ...hello, model: `m${String(batch)}` })).text(),
        ),
      );
    }
    const log = (await get(sim, '/sim/requests')) as { model: string }[];
    expect(log).toHaveLength(1000);
    expect([log[0]?.model, log.at(-1)?.model]).toEqual(['m1', 'm20']);
    expect(await get(sim, '/sim/stats')).toMatchObject({ requests: 1050, outcomes: { answered: 1050 } });
    await fetch(`${sim.url}/sim/requests`, { method: 'DELETE' });
    expect(await get(sim, '/sim/requests')).toEqual([]);
  });

  it('sees a client that leaves a paced stream', async () => {
    const sim = await start('turns: [{tokens: 1000, tokens_per_second: 50}]');
    const leave = new AbortController();
    const response = await post(sim, { ...hello, stream: true }, { signal: leave.signal });
    await response.body?.getReader().read();
    leave.abort();
    await eventually(async () => {
      expect(await get(sim, '/sim/requests')).toMatchObject([
        { outcome: 'disconnected', disconnectedByClient: true },
      ]);
    });
  });

  it('sees a client that leaves before its body is whole', async () => {
    const sim = await start();
    const socket = connect(sim.port, '127.0.0.1');
    socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
    await eventually(async () => {
      expect(await get(sim, '/sim/stats')).toMatchObject({ inFlight: 1 });
    });
    socket.destroy();
    await eventually(async () => {
      expect(await get(sim, '/sim/requests')).toMatchObject([
        { outcome: 'disconnected', disconnectedByClient: true },
      ]);
    });
  });
});

describe('a slow reader', () => {
  it('gets the whole of a large answer, and others are not held up', async () => {
    const sim = await start('{after_last_turn: repeat, turns: [{tokens: 60000, tokens_per_second: 100000}]}');
    const socket = connect(sim.port, '127.0.0.1');
    const body = JSON.stringify({ ...hello, stream: true });
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`,
    );
    let bytes = 0;
    let tail = '';
    socket.pause();
    const ended = new Promise<void>((resolve) => {
      socket.on('data', (part: Buffer) => {
        bytes += part.length;
        tail = (tail + part.toString('latin1')).slice(-40);
      });
      socket.once('close', () => {
        resolve();
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await get(sim, '/health/live')).toMatchObject({ status: 'ok' });
    socket.resume();
    await ended;
    expect(bytes).toBeGreaterThan(60_000 * 200);
    expect(tail).toContain('data: [DONE]');
  });

  it('may leave while nothing fits any more', async () => {
    const sim = await start('{turns: [{tokens: 100000}]}');
    const socket = connect(sim.port, '127.0.0.1');
    const body = JSON.stringify({ ...hello, stream: true });
    socket.pause();
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`,
    );
    await eventually(async () => {
      expect(await get(sim, '/sim/stats')).toMatchObject({ inFlight: 1 });
    });
    socket.destroy();
    await eventually(async () => {
      expect(await get(sim, '/sim/requests')).toMatchObject([{ disconnectedByClient: true }]);
    });
  });
});

describe('closing', () => {
  it('ends answers in flight', async () => {
    const sim = await start('turns: [{timeout: true}]');
    const asked = post(sim);
    await eventually(async () => {
      expect(await get(sim, '/sim/stats')).toMatchObject({ inFlight: 1 });
    });
    const ended = expect(asked).rejects.toThrow();
    await sim.close();
    await ended;
  });

  it('says why it cannot listen', async () => {
    const sim = await start();
    await expect(startModelSim({ port: sim.port, host: '127.0.0.1' })).rejects.toThrow(/EADDRINUSE/);
  });
});
