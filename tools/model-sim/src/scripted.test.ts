import { afterEach, describe, expect, it } from '@jest/globals';
import type { ModelSim } from './index';
import {
  chunksOf,
  closeAll,
  eventsOf,
  eventually,
  get,
  hello,
  isJson,
  post,
  start,
  textOf,
} from './testing/sim-client';

afterEach(closeAll);

describe('a scripted answer', () => {
  it('fills in what a tool and a person said, once', async () => {
    const sim = await start(
      'turns: [{text: no}, {text: "{{last_user_message}}: {{ last_tool_result }}", tool_calls: [{name: t, id: mine, args: {q: ["{{last_tool_result}}"]}}]}]',
    );
    const messages = [
      { role: 'user', content: 'what is $&' },
      { role: 'assistant', content: '', tool_calls: [{ id: 'c', function: { name: 't', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c', content: '{{last_user_message}}' },
    ];
    const { choices } = (await (await post(sim, { ...hello, messages })).json()) as { choices: unknown[] };
    expect(choices).toMatchObject([
      {
        message: {
          content: 'what is $&: {{last_user_message}}',
          tool_calls: [{ id: 'mine', function: { arguments: '{"q":["{{last_user_message}}"]}' } }],
        },
        finish_reason: 'tool_calls',
      },
    ]);
  });

  it('tells the usage and the finish reason that the script says', async () => {
    const sim = await start(
      'scenarios: {a: {match: hello, turns: [{tokens: 7, usage: {prompt: 11, completion: 5}, finish_reason: length}]}, b: {turns: [{tokens: 3, usage: none, finish_reason: null}]}}',
    );
    expect(await (await post(sim)).json()).toMatchObject({
      choices: [{ finish_reason: 'length', message: { content: expect.stringMatching(/^(\w+ ){6}\w+$/) } }],
      usage: { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 },
    });
    const other = (await (await post(sim, hello, { headers: { 'x-sim-scenario': 'b' } })).json()) as object;
    expect(other).toMatchObject({ choices: [{ finish_reason: null }] });
    expect(other).not.toHaveProperty('usage');
  });

  it('is rate-limited first and fine then', async () => {
    const sim = await start(
      'turns: [{attempts: [{status: 429, retry_after: 2, message: slow down}, {text: fine}]}]',
    );
    const first = await post(sim);
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '2']);
    expect(await first.json()).toEqual({
      error: { message: 'slow down', type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null },
    });
    expect((await post(sim)).status).toBe(200);
    await fetch(`${sim.url}/sim/requests`, { method: 'DELETE' });
    expect((await post(sim)).status).toBe(429);
  });

  it('waits before its headers, its first token and between tokens', async () => {
    const sim = await start(
      'turns: [{tokens: 6, before_headers_ms: 60, before_first_token_ms: 60, between_tokens_ms: 20}]',
    );
    const startMs = performance.now();
    const response = await post(sim, { ...hello, stream: true });
    const headersMs = performance.now() - startMs;
    const arrivals: number[] = [];
    for await (const _ of response.body ?? []) arrivals.push(performance.now() - startMs);
    expect(headersMs).toBeGreaterThanOrEqual(58);
    expect(arrivals[0]).toBeGreaterThanOrEqual(118);
    expect(arrivals.at(-1)).toBeGreaterThanOrEqual(216);
    expect(arrivals.length).toBeGreaterThan(2);
    const wholeMs = performance.now();
    await (await post(sim)).text();
    expect(performance.now() - wholeMs).toBeGreaterThanOrEqual(216);
  });

  it('is paced by tokens per second', async () => {
    const sim = await start('turns: [{tokens: 21, tokens_per_second: 100}]');
    const startMs = performance.now();
    expect(chunksOf(await (await post(sim, { ...hello, stream: true })).text())).toHaveLength(23);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(198);
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });
});

describe('a scripted fault', () => {
  const streamed = { ...hello, stream: true };

  it('breaks the stream after exactly its tokens, whether paced or not', async () => {
    const sim = await start(
      'scenarios: {a: {turns: [{text: one two three four, break_after_tokens: 2}]}, b: {turns: [{text: one two three four, break_after_tokens: 2, between_tokens_ms: 15}]}, c: {turns: [{text: one, break_after_tokens: 0}]}}',
    );
    for (const [name, words] of [
      ['a', 'one two'],
      ['b', 'one two'],
      ['c', ''],
    ] as const) {
      const response = await post(sim, streamed, { headers: { 'x-sim-scenario': name } });
      let text = '';
      const read = async (): Promise<void> => {
        const decoder = new TextDecoder();
        for await (const bytes of response.body ?? []) text += decoder.decode(bytes);
      };
      await expect(read()).rejects.toThrow();
      expect(textOf(chunksOf(text))).toBe(words);
    }
    expect(await get(sim, '/sim/requests')).toMatchObject([
      { outcome: 'broken', disconnectedByClient: false, status: 200 },
      {},
      {},
    ]);
  });

  it('breaks a whole answer half-way', async () => {
    const sim = await start('turns: [{text: one two three, break_after_tokens: 1}]');
    await expect((await post(sim)).text()).rejects.toThrow();
  });

  it.each([true, false])('hangs until the client leaves (stream: %j)', async (stream) => {
    const sim = await start('turns: [{text: one two three, hang_after_tokens: 1}]');
    const leave = new AbortController();
    const response = await post(sim, { ...hello, stream }, { signal: leave.signal });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    expect(await get(sim, '/sim/stats')).toMatchObject({ requests: 1, inFlight: 1 });
    leave.abort();
    await eventually(async () => {
      expect(await get(sim, '/sim/requests')).toMatchObject([
        { outcome: 'hung', disconnectedByClient: true },
      ]);
    });
    expect(await get(sim, '/sim/stats')).toMatchObject({
      inFlight: 0,
      disconnectedByClient: 1,
      outcomes: { hung: 1 },
    });
  });

  it('never answers', async () => {
    const sim = await start('turns: [{timeout: true}]');
    await expect(post(sim, hello, { signal: AbortSignal.timeout(80) })).rejects.toThrow();
    await eventually(async () => {
      expect(await get(sim, '/sim/requests')).toMatchObject([
        { outcome: 'timeout', status: null, disconnectedByClient: true },
      ]);
    });
  });

  it('destroys the socket before any header', async () => {
    const sim = await start('turns: [{reject_connection: true}]');
    await expect(post(sim)).rejects.toThrow();
    await eventually(async () => {
      expect(await get(sim, '/sim/requests')).toMatchObject([
        { outcome: 'connection_rejected', status: null, disconnectedByClient: false },
      ]);
    });
  });

  const malformed = (what: string): Promise<ModelSim> =>
    start(`turns: [{text: one two, tool_calls: [{name: t, args: {a: 1}}], malformed: ${what}}]`);

  it('sends a chunk or a body that is no JSON', async () => {
    const sim = await malformed('chunk');
    const events = eventsOf(await (await post(sim, streamed)).text());
    const broken = events.filter((event) => event !== '[DONE]' && !isJson(event));
    expect(broken).toHaveLength(1);
    expect(isJson(await (await post(sim)).text())).toBe(false);
  });

  it('sends arguments that are no JSON', async () => {
    const sim = await malformed('tool_args');
    const { choices } = (await (await post(sim)).json()) as {
      choices: [{ message: { tool_calls: [{ function: { arguments: string } }] } }];
    };
    expect(isJson(choices[0].message.tool_calls[0].function.arguments)).toBe(false);
  });

  it('leaves [DONE] out, or lies about the content type', async () => {
    const text = await (await post(await malformed('no_done'), streamed)).text();
    expect(text).not.toContain('[DONE]');
    expect(chunksOf(text).at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
    const other = await malformed('content_type');
    for (const body of [hello, streamed])
      expect((await post(other, body)).headers.get('content-type')).toBe('text/html');
  });

  it('sends raw arguments as they stand', async () => {
    const sim = await start(`turns: [{tool_calls: [{name: t, args: '{"a": '}]}]`);
    expect(await (await post(sim)).json()).toMatchObject({
      choices: [{ message: { tool_calls: [{ function: { arguments: '{"a": ' } }] } }],
    });
  });
});
