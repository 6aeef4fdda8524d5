import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ModelRequest } from './model-client';
import {
  type Responder,
  delta,
  finish,
  json,
  say,
  sse,
  stream,
  streamHeaders,
  usage,
} from './testing/byte-server';
import { Harness, question } from './testing/harness';

const key = 'sk-test-key-0123456789';
const opened: Harness[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((harness) => harness.close()));
});

async function start(respond: Responder, env: Record<string, string> = {}): Promise<Harness> {
  const harness = await Harness.start(respond, { LUMINA_MODEL_ATTEMPTS: '1', ...env });
  opened.push(harness);
  return harness;
}

/** A server that sends these bytes as a stream and ends. */
const sending = (bytes: string, headers: object = streamHeaders): Promise<Harness> =>
  start((response) => {
    response.writeHead(200, { ...headers }).end(bytes);
  });

/** All that could reach a log: own properties, stacks and causes, however deep. */
const everything = (value: unknown): string => inspect(value, { depth: 20, showHidden: true });

describe('streams that end in odd ways', () => {
  it.each([
    ['no [DONE]', sse(say('hi'), finish())],
    ['no finish reason', sse(say('hi'), '[DONE]')],
    ['no blank line at the end', sse(say('hi'), finish()) + 'data: [DONE]'],
    ['a finish reason nobody knows', sse(say('hi'), finish('eos_token'), '[DONE]')],
    ['events after [DONE]', sse(say('hi'), finish(), '[DONE]', say(' more'), { error: 'late' })],
    ['an empty choice at the end', sse(say('hi'), finish(), { choices: [] }, '[DONE]')],
    ['null instead of usage', sse(say('hi'), { choices: [], usage: null }, finish(), '[DONE]')],
  ])('%s', async (_, bytes) => {
    const answer = await (await sending(bytes)).answer();
    expect(answer.message.content).toBe('hi');
    expect(answer.finishReason).toBe('stop');
  });

  it.each([
    ['neither finish reason nor [DONE]', sse(say('hi'))],
    ['nothing at all', ''],
    ['comments only', ': hello\n\n: still here\n\n'],
    ['half an event', sse(say('hi')) + 'data: {"choices":[{"delta":{"cont'],
    ['an event that is no JSON', sse(say('hi'), '{oops}', finish(), '[DONE]')],
    ['an error for a finish reason', sse(say('hi'), finish('error'), '[DONE]')],
    ['binary rubbish', '\u0000\u0001\u0002\n\n\u0003'],
  ])('%s: broken', async (_, bytes) => {
    const failure = await (await sending(bytes)).failure();
    expect(failure.code).toBe('LUM_MODEL_UNAVAILABLE');
    expect(failure.message).toContain('broke off');
  });

  it('the connection stays open after [DONE]', async () => {
    const h = await start((response) => {
      response.writeHead(200, streamHeaders).write(sse(say('hi'), finish(), '[DONE]'));
    });
    const startedAtMs = performance.now();
    expect((await h.answer()).message.content).toBe('hi');
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });

  it('the connection stays open after a finish reason, without [DONE]', async () => {
    const h = await start((response) => {
      response.writeHead(200, streamHeaders).write(sse(say('hi'), finish(), usage(3, 1)));
    });
    expect((await h.answer()).usage).toEqual({ inputTokens: 3, outputTokens: 1 });
  });

  it('the connection breaks after a finish reason: the answer is whole', async () => {
    const h = await start((response) => {
      response.writeHead(200, streamHeaders).write(sse(say('hi'), finish()));
      setTimeout(() => response.destroy(), 20);
    });
    expect(await h.answer()).toMatchObject({ message: { content: 'hi' }, isUsageEstimated: true });
  });
});

describe('answers in other forms', () => {
  const whole = {
    id: 'whole-1',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 4, completion_tokens: 2 },
  };

  it.each(['application/json', 'text/event-stream', ''])(
    'one JSON document, declared as "%s"',
    async (type) => {
      const h = await sending(JSON.stringify(whole), type === '' ? {} : { 'content-type': type });
      const { outcome, shown } = await h.ask();
      expect(shown).toEqual(['hi']);
      expect(outcome).toMatchObject({
        answer: { requestId: 'whole-1', usage: { inputTokens: 4, outputTokens: 2 }, isUsageEstimated: false },
      });
    },
  );

  it('a stream declared as JSON', async () => {
    const h = await sending(sse(say('hi'), finish(), '[DONE]'), { 'content-type': 'application/json' });
    expect((await h.answer()).message.content).toBe('hi');
  });

  it('white space first, to keep the connection alive', async () => {
    const h = await start(async (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('\n  \n');
      await delay(10);
      response.end(JSON.stringify(whole));
    });
    expect((await h.answer()).message.content).toBe('hi');
  });

  it('text in parts, a refusal, and reasoning that is passed over', async () => {
    const h = await sending(
      sse(
        delta({ reasoning_content: 'hm', reasoning: 'hm', content: null }),
        delta({ content: [{ type: 'text', text: 'a' }, { type: 'image' }, 'x'] }),
        delta({ refusal: 'b' }),
        { choices: [{ index: 1, delta: { content: 'another choice' } }] },
        finish(),
        '[DONE]',
      ),
    );
    expect((await h.answer()).message.content).toBe('ab');
  });

  it('a web page', async () => {
    const h = await sending('<!doctype html><title>Welcome</title>', { 'content-type': 'text/html' });
    const failure = await h.failure();
    expect(failure).toMatchObject({ code: 'LUM_MODEL_REJECTED' });
    expect(failure.message).toContain('check the path in OPENAI_BASE_URL');
  });

  it.each([
    ['another kind of JSON', '{"hello":"world"}', 'LUM_MODEL_REJECTED'],
    ['half a document', '{"choices":[', 'LUM_MODEL_UNAVAILABLE'],
    ['an array', '[1]', 'LUM_MODEL_UNAVAILABLE'],
    ['an error with status 200', '{"error":{"message":"too fast","code":429}}', 'LUM_MODEL_UNAVAILABLE'],
    ['an error that is a word', '{"error":"boom"}', 'LUM_MODEL_UNAVAILABLE'],
    [
      'a fault of the request with status 200',
      '{"error":{"type":"invalid_request_error"}}',
      'LUM_MODEL_REJECTED',
    ],
  ])('%s', async (_, bytes, code) => {
    const failure = await (await sending(bytes, { 'content-type': 'application/json' })).failure();
    expect(failure.code).toBe(code);
  });

  it.each([
    [{ message: 'overloaded', type: 'server_error' }, 'LUM_MODEL_UNAVAILABLE'],
    [{ message: 'slow down', type: 'rate_limit_exceeded' }, 'LUM_MODEL_UNAVAILABLE'],
    [{ message: 'too long', type: 'invalid_request_error' }, 'LUM_MODEL_REJECTED'],
    [{ message: 'upstream', code: 502 }, 'LUM_MODEL_UNAVAILABLE'],
    [{ message: 'who', code: 'model_not_found' }, 'LUM_MODEL_UNKNOWN'],
  ])('an error inside the stream: %j', async (error, code) => {
    const failure = await (await sending(sse(say('h'), { error }))).failure();
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(error.message.replace('who', 'not found'));
  });
});

describe('what a model may do with tool calls', () => {
  const call = (index: number, id: string, args: string): object =>
    delta({ tool_calls: [{ index, id, function: { name: 'f', arguments: args } }] });

  it.each([
    ['stop', 'tool_calls'],
    ['function_call', 'tool_calls'],
    ['length', 'length'],
  ])('finish with "%s"', async (given, expected) => {
    const h = await sending(sse(call(0, 'a', '{}'), finish(given), '[DONE]'));
    expect((await h.answer()).finishReason).toBe(expected);
  });

  it('finish with "tool_calls" and ask for none', async () => {
    expect((await (await sending(sse(say('x'), finish('tool_calls'), '[DONE]'))).answer()).finishReason).toBe(
      'stop',
    );
  });

  it('use ids twice, or again that an earlier answer had', async () => {
    const h = await sending(
      sse(call(0, 'a', '{}'), call(1, 'a', '{}'), call(2, 'b', '{}'), finish(), '[DONE]'),
    );
    const request: ModelRequest = {
      ...question,
      messages: [
        ...question.messages,
        { role: 'assistant', id: 'm2', content: '', toolCalls: [{ id: 'b', name: 'f', args: {} }] },
        { role: 'tool', id: 'm3', toolCallId: 'b', name: 'f', content: 'ok', isError: false },
      ],
    };
    const ids = (await h.answer(request)).message.toolCalls.map(({ id }) => id);
    expect(new Set([...ids, 'b']).size).toBe(4);
    expect(ids[0]).toBe('a');
  });

  it('send a megabyte of arguments in tiny pieces, or in one line', async () => {
    const text = JSON.stringify({ code: 'ü'.repeat(500_000) });
    const pieces = text.match(/.{1,1000}/gs) ?? [];
    const streamed = await sending(sse(...pieces.map((piece) => call(0, 'a', piece)), finish(), '[DONE]'));
    expect((await streamed.answer()).message.toolCalls[0]?.args?.['code']).toHaveLength(500_000);
    const single = await sending(sse(call(0, 'a', text), finish(), '[DONE]'));
    expect((await single.answer()).message.toolCalls[0]?.args?.['code']).toHaveLength(500_000);
  });
});

describe('usage', () => {
  it.each([
    ['absent', []],
    ['nonsense', [{ choices: [], usage: { prompt_tokens: -1, completion_tokens: 'many' } }]],
  ])('that is %s is estimated and marked', async (_, events) => {
    const answer = await (await sending(sse(say('12345678'), finish(), ...events, '[DONE]'))).answer();
    expect(answer.isUsageEstimated).toBe(true);
    expect(answer.usage.outputTokens).toBe(2);
    expect(answer.usage.inputTokens).toBeGreaterThan(5);
  });

  it('that grows with each chunk counts as it last stood, under either name', async () => {
    const growing = [1, 2, 3].map((n) => ({ ...say('x'), usage: { input_tokens: 9, output_tokens: n } }));
    const answer = await (await sending(sse(...growing, finish(), '[DONE]'))).answer();
    expect(answer).toMatchObject({ usage: { inputTokens: 9, outputTokens: 3 }, isUsageEstimated: false });
  });
});

describe('keys', () => {
  it.each([401, 403])(
    'are never shown when %i comes back, though the provider repeats them',
    async (status) => {
      const h = await start((response) => {
        json(response, status, { error: { message: `Incorrect API key provided: ${key}` } });
      });
      const failure = await h.failure();
      expect(failure.code).toBe('LUM_MODEL_REJECTED');
      expect(failure.message).toContain('OPENAI_API_KEY');
      expect(failure.message).toContain(`openai/m at ${h.server.host}`);
      expect(everything(failure)).not.toContain(key);
    },
  );

  it.each([400, 404, 429, 500])('are cut out of the words of a %i', async (status) => {
    const h = await start((response) => {
      json(response, status, { error: { message: `Bearer ${key} and sk-other-secret-key are no good` } });
    });
    const text = everything(await h.failure());
    expect(text).not.toContain(key);
    expect(text).not.toContain('sk-other-secret-key');
  });

  it('are cut out of an error inside a stream and of what a restart says', async () => {
    const h = await start(
      (response) => {
        response.writeHead(200, streamHeaders).end(sse(say('a'), { error: { message: `key ${key}` } }));
      },
      { LUMINA_MODEL_ATTEMPTS: '2' },
    );
    const formed = await h.ask({
      ...question,
      answerFormat: { type: 'json_schema', name: 'report', schema: {} } as const,
    });
    expect(formed.restarts).toHaveLength(1);
    expect(everything(formed)).not.toContain(key);
    expect(everything(await h.ask())).not.toContain(key);
  });

  it.each([
    ['refused', { OPENAI_BASE_URL: 'http://127.0.0.1:1' }],
    ['broken', {}],
  ])('are not in the cause of a connection that is %s', async (_, env) => {
    const h = await start((response) => {
      response.writeHead(200, streamHeaders).write(sse(say('a')));
      setTimeout(() => response.destroy(), 20);
    }, env);
    const failure = await h.failure();
    expect(failure.cause).toBeDefined();
    expect(everything(failure)).not.toContain(key);
  });

  it('that are missing are asked for', async () => {
    const h = await start(
      (response) => {
        json(response, 401, {});
      },
      { OPENAI_API_KEY: '' },
    );
    expect((await h.failure()).message).toContain('set OPENAI_API_KEY (or OPENAI_API_KEY_FILE)');
  });

  it('do not follow a redirect', async () => {
    const elsewhere = await start((response) => {
      stream(response, say('stolen'));
    });
    const h = await start((response) => {
      response.writeHead(307, { location: `${elsewhere.server.url}/v1/chat/completions` }).end();
    });
    const failure = await h.failure();
    expect(failure.code).toBe('LUM_MODEL_REJECTED');
    expect(failure.message).toContain('redirects are not followed');
    expect(elsewhere.server.requests).toHaveLength(0);
  });
});

describe('messages say what to do', () => {
  it.each([
    [
      404,
      { error: { message: 'no such model' } },
      'LUM_MODEL_UNKNOWN',
      /no such model.*LUMINA_MODEL.*OPENAI_BASE_URL/,
    ],
    [402, {}, 'LUM_MODEL_REJECTED', /no credit.*billing/],
    [413, { detail: 'too big' }, 'LUM_MODEL_REJECTED', /too big.*shorten/],
    [400, { message: 'bad temperature' }, 'LUM_MODEL_REJECTED', /bad temperature/],
    [418, 'a teapot', 'LUM_MODEL_REJECTED', /a teapot.*OPENAI_BASE_URL/],
    [503, '<html>nginx</html>', 'LUM_MODEL_UNAVAILABLE', /HTTP 503\): try again later/],
    [500, { error: { message: 'x'.repeat(100_000) } }, 'LUM_MODEL_UNAVAILABLE', /^.{0,500}$/],
  ])('%i', async (status, body, code, words) => {
    const h = await start((response) => {
      json(response, status, body);
    });
    const failure = await h.failure();
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(words);
    expect(failure.message).toContain(h.server.host);
  });

  it('for Ollama', async () => {
    const h = await start((response) => {
      json(response, 404, { error: { message: 'model "qwen3" not found' } });
    });
    const env = { OLLAMA_BASE_URL: h.server.url };
    const ollama = await start(() => undefined, env);
    expect((await ollama.failure(undefined, { chain: ['ollama/qwen3'] })).message).toContain(
      '`ollama pull qwen3`',
    );
  });

  it('for Ollama that asks for a key', async () => {
    const h = await start((response) => {
      json(response, 401, {});
    });
    const ollama = await start(() => undefined, { OLLAMA_BASE_URL: h.server.url });
    const { message } = await ollama.failure(undefined, { chain: ['ollama/qwen3'] });
    expect(message).toContain('OLLAMA_BASE_URL');
  });
});

describe('observers', () => {
  it('that throw are a bug: the call rejects with their error, and the connection is given up', async () => {
    let closed = 0;
    const h = await start((response: ServerResponse) => {
      response.on('close', () => (closed += 1));
      response.writeHead(200, streamHeaders).write(sse(say('x')));
    });
    const onText = (): void => {
      throw new Error('a bug of the caller');
    };
    await expect(h.ask(question, { onText })).rejects.toThrow('a bug of the caller');
    await delay(50);
    expect(closed).toBe(1);
  });
});

describe('many at once', () => {
  it('do not mix', async () => {
    const h = await start(async (response, { body }) => {
      const { model } = JSON.parse(body) as { model: string };
      response.writeHead(200, streamHeaders);
      for (let n = 0; n < 5; n += 1) {
        response.write(sse(say(`${model}.`)));
        await delay(1);
      }
      response.end(sse(finish(), '[DONE]'));
    });
    const names = Array.from({ length: 60 }, (_, n) => `m${String(n)}`);
    const answers = await Promise.all(names.map((name) => h.answer(question, { chain: [`openai/${name}`] })));
    expect(answers.map(({ message }) => message.content)).toEqual(names.map((name) => `${name}.`.repeat(5)));
  });
});
