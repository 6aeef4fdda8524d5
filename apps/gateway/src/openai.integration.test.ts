import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { foldRun } from '@lumina/agent';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import OpenAI, { APIError } from 'openai';
import { askPerson, question } from './testing/asking-worker';
import { GatewayBench, keys } from './testing/gateway-bench';
import { ScriptedWorker } from './testing/scripted-worker';

const runOf = (id: string): string =>
  id.replace(/^.*_|^.*-/, '').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

interface Seen {
  readonly type: string;
  readonly sequence_number: number;
}

describe('responses and chats at several gateways, with scripted workers', () => {
  let redis: ThrowawayRedis;
  let gateways: readonly [GatewayBench, GatewayBench];
  let client: OpenAI;
  let elsewhere: OpenAI;

  const clientAt = (gateway: GatewayBench, apiKey: string = keys.acme): OpenAI =>
    new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 });

  beforeAll(async () => {
    redis = await startRedis();
    gateways = [await GatewayBench.start(redis.url), await GatewayBench.start(redis.url)];
    client = clientAt(gateways[0]);
    elsewhere = clientAt(gateways[1]);
  });
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await redis.stop();
  });

  const worker = (id: string): ScriptedWorker => new ScriptedWorker(gateways[0].store, runOf(id));

  /** A background response that is being worked on. */
  const begun = async (input = 'hello') => {
    const response = await client.responses.create({ input, background: true });
    return { id: response.id, response, works: worker(response.id) };
  };

  let latest: string | undefined;
  /** The run that has begun since this was last asked. */
  const newestRun = async (): Promise<string> => {
    let run = '';
    await eventually('another run has begun', async () => {
      [run = ''] = await gateways[0].store.newestRuns('acme', 1);
      return run !== latest && (await gateways[0].store.run(run))?.status === 'running';
    });
    latest = run;
    return run;
  };

  const read = async (reader: OpenAI, id: string, after?: number): Promise<readonly Seen[]> => {
    const query = after === undefined ? {} : { starting_after: after };
    const events: Seen[] = [];
    for await (const event of await reader.responses.retrieve(id, { stream: true, ...query }))
      events.push(event);
    return events;
  };

  it('a stream that is cut behind any event goes on at another gateway without gap or repeat', async () => {
    const { id, works } = await begun();
    await works.say('I ', 'look.');
    await works.useTools('c1', 'c2');
    await works.say('It ', 'is ', 'there.');
    await works.succeed('It is there.');
    const whole = await read(client, id);
    expect(whole.map(({ sequence_number }) => sequence_number)).toEqual(whole.map((_event, index) => index));
    expect(whole.length).toBeGreaterThan(20);
    for (let cut = 0; cut < whole.length; cut += 1) {
      expect(await read(elsewhere, id, cut)).toEqual(whole.slice(cut + 1));
    }
  });

  it('a stream is live: words come before the end is there', async () => {
    const { id, works } = await begun();
    const stream = await elsewhere.responses.retrieve(id, { stream: true });
    const words: string[] = [];
    await works.say('Now');
    for await (const event of stream) {
      if (event.type === 'response.output_text.delta') {
        words.push(event.delta);
        if (words.length === 1) await works.succeed('Now and then.');
      }
    }
    expect(words).toEqual(['Now', ' and then.']);
  });

  it('a background response is polled: in progress, then done', async () => {
    const { id, response, works } = await begun();
    expect(response).toMatchObject({ background: true, output: [] });
    expect(['queued', 'in_progress']).toContain(response.status);
    await works.succeed('Done.');
    expect(await elsewhere.responses.retrieve(id)).toMatchObject({
      status: 'completed',
      output_text: 'Done.',
    });
  });

  it('a response that waits for its turn says so, and can be cancelled before', async () => {
    const { id, works } = await begun();
    await works.succeed('First.');
    const second = await client.responses.create({ input: 'b', previous_response_id: id, background: true });
    const metadata = { label: 'third' };
    const waiting = { input: 'c', previous_response_id: id, background: true, metadata };
    const third = await client.responses.create(waiting);
    expect(third).toMatchObject({ status: 'queued', metadata, previous_response_id: id });
    expect(await client.responses.retrieve(third.id)).toMatchObject({ status: 'queued', metadata });
    expect(await client.responses.cancel(third.id)).toMatchObject({ status: 'cancelled', output: [] });
    expect(await client.responses.retrieve(third.id)).toMatchObject({ status: 'cancelled' });
    await worker(second.id).succeed('Second.');
  });

  it('continuing one response twice gives two conversations', async () => {
    const { id, works } = await begun('the root');
    await works.succeed('Root.');
    const heard: (readonly string[])[] = [];
    for (const input of ['left', 'right']) {
      const branch = await client.responses.create({ input, previous_response_id: id, background: true });
      const { response } = await client.responses.retrieve(branch.id).withResponse();
      const journal = await gateways[0].store.journal(response.headers.get('x-lumina-thread-id') ?? '');
      heard.push(foldRun(runOf(branch.id), journal).messages.map(({ content }) => content));
      await worker(branch.id).succeed(`Said ${input}.`);
    }
    expect(heard).toEqual([
      ['the root', 'Root.', 'left'],
      ['the root', 'Root.', 'right'],
    ]);
  });

  it('a deleted response is shown no more, and what continued it stays', async () => {
    const { id, works } = await begun();
    await works.succeed('Done.');
    await client.responses.delete(id);
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({
      status: 404,
      code: 'LUM_RUN_NOT_FOUND',
    });
    await expect(client.responses.delete(id)).rejects.toMatchObject({ status: 404 });
  });

  it('a response that is not to be stored cannot be retrieved', async () => {
    const [before] = await gateways[0].store.newestRuns('acme', 1);
    const answer = client.responses.create({ input: 'hello', store: false }).withResponse();
    let run = '';
    await eventually('the run is there', async () => {
      [run = ''] = await gateways[0].store.newestRuns('acme', 1);
      return run !== before && (await gateways[0].store.run(run))?.isHidden === true;
    });
    await new ScriptedWorker(gateways[0].store, run).succeed('Done.');
    const { data } = await answer;
    expect(data.output_text).toBe('Done.');
    await expect(client.responses.retrieve(data.id)).rejects.toMatchObject({ status: 404 });
  });

  it('another tenant finds none of it', async () => {
    const { id, works } = await begun();
    const rival = clientAt(gateways[0], keys.rival);
    const missing = { status: 404, code: 'LUM_RUN_NOT_FOUND' };
    await expect(rival.responses.retrieve(id)).rejects.toMatchObject(missing);
    await expect(rival.responses.cancel(id)).rejects.toMatchObject(missing);
    await expect(rival.responses.delete(id)).rejects.toMatchObject(missing);
    await expect(rival.responses.inputItems.list(id)).rejects.toMatchObject(missing);
    await expect(rival.responses.create({ input: 'x', previous_response_id: id })).rejects.toMatchObject(
      missing,
    );
    await works.succeed('Mine.');
  });

  it('the same Idempotency-Key makes one response, and refuses another request', async () => {
    const headers = { 'Idempotency-Key': 'once' };
    const body = { input: 'hello', background: true, instructions: 'Rhyme.' };
    const first = await client.responses.create(body, { headers });
    const second = await elsewhere.responses.create(body, { headers });
    expect(second.id).toBe(first.id);
    const other = client.responses.create({ ...body, instructions: 'Do not.' }, { headers });
    await expect(other).rejects.toMatchObject({ status: 400, code: 'LUM_IDEMPOTENCY_MISMATCH' });
    await worker(first.id).succeed('Done.');
  });

  it('pages through what was sent', async () => {
    const input = ['a', 'b', 'c'].map((content) => ({ role: 'user' as const, content }));
    const { id } = await client.responses.create({ input, background: true });
    const texts: string[] = [];
    for await (const item of client.responses.inputItems.list(id, { limit: 1, order: 'asc' })) {
      texts.push(JSON.stringify('content' in item ? item.content : ''));
    }
    expect(texts.map((text) => /"text":"(\w)"/.exec(text)?.[1])).toEqual(['a', 'b', 'c']);
    await worker(id).succeed('Done.');
  });

  it('a run that was begun by one API is watched by the other, and the other way round', async () => {
    const { id, works } = await begun();
    const { headers } = await client.responses.retrieve(id).asResponse();
    const place = `/threads/${headers.get('x-lumina-thread-id') ?? ''}/runs/${headers.get('x-lumina-run-id') ?? ''}`;
    const frames = gateways[1].frames(`GET ${place}/stream?stream_mode=values`);
    await works.say('All ');
    await works.succeed('All is well.');
    expect(JSON.stringify((await frames).at(-2)?.data)).toContain('All is well.');

    const thread = String((await gateways[0].call('POST /threads', { body: {} })).json['thread_id']);
    const body = { input: { messages: 'hello' } };
    const run = String((await gateways[0].call(`POST /threads/${thread}/runs`, { body })).json['run_id']);
    await new ScriptedWorker(gateways[0].store, run).succeed('Seen here too.');
    const seen = await elsewhere.responses.retrieve(`resp_${run.replaceAll('-', '')}`);
    expect(seen).toMatchObject({ status: 'completed', output_text: 'Seen here too.', model: 'lumina' });
  });

  it('tells errors as OpenAI does, with our code and the name of the request', async () => {
    const error = await client.chat.completions
      .create({ model: 'nobody', messages: [{ role: 'user', content: 'hello' }] })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(APIError);
    expect(error).toMatchObject({ status: 404, code: 'LUM_AGENT_NOT_FOUND', type: 'invalid_request_error' });
    expect((error as APIError).requestID).toMatch(/^[0-9a-f-]{36}$/);
    const unknown = client.responses.create({
      input: [{ type: 'function_call_output', call_id: 'none', output: 'x' }],
    });
    await expect(unknown).rejects.toMatchObject({ status: 400, param: 'input.0.call_id' });
    const stranger = clientAt(gateways[0], 'unknown-key-0001').models.list();
    await expect(stranger).rejects.toMatchObject({ status: 401, type: 'authentication_error' });
  });

  it('a failed run is a failed response and a refused chat', async () => {
    const { id, works } = await begun();
    await works.fail('LUM_STEP_LIMIT', 'too many steps');
    const failed = await client.responses.retrieve(id);
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'LUM_STEP_LIMIT' } });
    expect((await read(client, id)).at(-1)?.type).toBe('response.failed');
  });

  it('a run that waits for a person is a response in progress, and a chat that is refused and not asked again', async () => {
    [latest] = await gateways[0].store.newestRuns('acme', 1);
    const creating = client.responses.create({ input: 'careful' }).withResponse();
    const started = await newestRun();
    await askPerson(gateways[0].store, started, [question(0)]);
    const { data, response } = await creating;
    expect(data).toMatchObject({
      status: 'in_progress',
      output: [{ type: 'mcp_call', status: 'in_progress' }],
    });
    const run = response.headers.get('x-lumina-run-id') ?? '';
    const body = { item: 'ask:1.0', decision: 'reject' };
    expect((await gateways[1].call(`POST /runs/${run}/approvals`, { body })).status).toBe(202);
    const decided = new ScriptedWorker(gateways[0].store, run, 2);
    await decided.succeed('Then not.');
    expect(await client.responses.retrieve(data.id)).toMatchObject({
      ...{ status: 'completed', output_text: 'Then not.' },
      output: [{ type: 'mcp_call', status: 'failed' }, { type: 'message' }],
    });

    let sent = 0;
    const counting = new OpenAI({
      ...{ baseURL: `${gateways[0].url}/v1`, apiKey: keys.acme, maxRetries: 2 },
      fetch: (...args) => {
        sent += 1;
        return fetch(...args);
      },
    });
    const chatting = counting.chat.completions.create({
      model: 'lumina',
      messages: [{ role: 'user', content: 'careful' }],
    });
    const outcome = chatting.catch((error: unknown) => error);
    await askPerson(gateways[0].store, await newestRun(), [question(0)]);
    expect(await outcome).toMatchObject({ status: 409, code: 'LUM_APPROVAL_NEEDED' });
    expect(sent).toBe(1);
  });

  it('a gateway that goes breaks its streams off: they do not look complete', async () => {
    const going = await GatewayBench.start(redis.url);
    const { id, works } = await begun();
    await works.say('Half');
    const stream = await clientAt(going).responses.retrieve(id, { stream: true });
    const seen: Seen[] = [];
    const reading = (async () => {
      for await (const event of stream) seen.push(event);
    })();
    const outcome = reading.then(
      () => 'ended',
      () => 'broken off',
    );
    await eventually('words have come', async () => seen.some(({ type }) => type.endsWith('text.delta')));
    await going.stop();
    expect(await outcome).toBe('broken off');
    await works.succeed('Half and half.');
    const rest = await read(client, id, seen.at(-1)?.sequence_number);
    const whole = await read(client, id);
    expect([...seen, ...rest]).toEqual(whole);
  });
});
