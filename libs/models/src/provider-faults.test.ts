import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Environment } from '@lumina/platform';
import type { Responder } from './testing/byte-server';
import { type Harness, question } from './testing/harness';
import { harnessOf, play, refuse } from './testing/wire-server';
import { eachWire } from './testing/wires/all-wires';
import type { Wire } from './testing/wires/wire';

const opened: Harness[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((harness) => harness.close()));
});

async function start(wire: Wire, respond: Responder, env: Environment = {}): Promise<Harness> {
  const harness = await harnessOf(wire, respond, { env });
  opened.push(harness);
  return harness;
}

const once = { LUMINA_MODEL_ATTEMPTS: '1' };
const begin = (response: ServerResponse, wire: Wire): ServerResponse =>
  response.writeHead(200, { 'content-type': wire.contentType });

describe.each(eachWire)('%s refuses', (provider, wire) => {
  const chain = [`${provider}/m`];

  it.each([
    [400, 'LUM_MODEL_REJECTED', 1],
    [401, 'LUM_MODEL_REJECTED', 1],
    [403, 'LUM_MODEL_REJECTED', 1],
    [404, 'LUM_MODEL_UNKNOWN', 1],
    [408, 'LUM_MODEL_UNAVAILABLE', 3],
    [409, 'LUM_MODEL_REJECTED', 1],
    [413, 'LUM_MODEL_REJECTED', 1],
    [422, 'LUM_MODEL_REJECTED', 1],
    [425, 'LUM_MODEL_REJECTED', 1],
    [429, 'LUM_MODEL_UNAVAILABLE', 3],
    [500, 'LUM_MODEL_UNAVAILABLE', 3],
    [503, 'LUM_MODEL_UNAVAILABLE', 3],
    [529, 'LUM_MODEL_UNAVAILABLE', 3],
  ])('%i: %s, asked %i times', async (status, code, attempts) => {
    const harness = await start(wire, (response) => {
      refuse(response, wire, { status, message: 'the words of the provider' });
    });
    const failure = await harness.failure(question, { chain });
    expect(failure).toMatchObject({ code, attempts });
    expect(harness.server.requests).toHaveLength(attempts);
    expect(failure.message).toContain(`HTTP ${String(status)}`);
    expect(failure.message).toContain(`${provider}/m`);
    if (![401, 403].includes(status)) expect(failure.message).toContain('the words of the provider');
  });

  it('for a while, and says for how long', async () => {
    const harness = await start(wire, (response, _, n) => {
      if (n > 0) play(response, wire, { pieces: ['now'] });
      else refuse(response, wire, { status: 429, headers: { 'retry-after': '2' } });
    });
    expect((await harness.answer(question, { chain })).message.content).toBe('now');
    expect(harness.delaysMs).toEqual([2_125]);
  });

  it('what is too long for its model', async () => {
    const { status, body } = wire.tooLong();
    const harness = await start(wire, (response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    expect((await harness.failure(question, { chain })).code).toBe('LUM_CONTEXT_TOO_LONG');
  });

  it('inside its answer, before a word', async () => {
    const harness = await start(wire, (response, _, n) => {
      if (n > 0) play(response, wire, { pieces: ['fine'] });
      else begin(response, wire).end(wire.innerError('Overloaded'));
    });
    expect(await harness.answer(question, { chain })).toMatchObject({
      attempts: 2,
      message: { content: 'fine' },
    });
  });

  it('and no key is told', async () => {
    const keys = 'sk-very-secret-0123456789';
    const harness = await harnessOf(
      wire,
      (response) => {
        refuse(response, wire, { status: 400, message: `Incorrect API key provided: ${keys}` });
      },
      { keys },
    );
    opened.push(harness);
    const failure = await harness.failure(question, { chain });
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('very-secret');
  });
});

describe.each(eachWire)('%s sends what cannot be read', (provider, wire) => {
  const chain = [`${provider}/m`];
  const broken = (bytes: string): Promise<Harness> =>
    start(
      wire,
      (response) => {
        begin(response, wire).end(bytes);
      },
      once,
    );

  it('half-way', async () => {
    const events = wire.events({ pieces: ['one ', 'two'] });
    const cut = events.map((event, n) => (n === events.length - 2 ? event.replace('}', '') : event));
    const failure = await (await broken(cut.join(''))).failure(question, { chain });
    expect(failure.code).toBe('LUM_MODEL_UNAVAILABLE');
    expect(failure.message).toContain('broke off');
  });

  it('as a page', async () => {
    const failure = await (await broken('<html>Sign in</html>')).failure(question, { chain });
    expect(failure).toMatchObject({ code: 'LUM_MODEL_REJECTED' });
  });

  it.each([
    ['nothing', ''],
    ['noise', '\u0000\u0001\n\n\u0003'],
    ['a list', '[1,2]'],
  ])('as %s', async (_, bytes) => {
    const failure = await (await broken(bytes)).failure(question, { chain });
    expect(failure.code).toMatch(/LUM_MODEL_(UNAVAILABLE|REJECTED)/);
  });

  it('in parts, as events that nobody knows', async () => {
    const strange =
      wire.contentType === 'application/x-ndjson'
        ? '\n  \n{"model":"m","message":{"role":"assistant","content":"","thinking":"hm"},"done":false}\n'
        : ': comment\n\nevent: future\ndata: {"type":"from.the.future","x":1}\n\nevent: ping\ndata: {"type": "ping"}\n\n';
    const events = wire.events({ pieces: ['still ', 'here'] });
    const mixed = events.map((event) => strange + event).join('');
    const answer = await (await broken(mixed)).answer(question, { chain });
    expect(answer.message.content).toBe('still here');
  });
});

describe.each(eachWire)('%s is slow', (provider, wire) => {
  const chain = [`${provider}/m`];
  const times = {
    ...once,
    LUMINA_MODEL_FIRST_TOKEN_TIMEOUT: '400ms',
    LUMINA_MODEL_IDLE_TIMEOUT: '400ms',
    LUMINA_MODEL_CALL_TIMEOUT: '20s',
  };

  it.each([
    ['without a head', (): void => undefined, 'FIRST_TOKEN'],
    ['without a body', (response: ServerResponse) => begin(response, wire).flushHeaders(), 'FIRST_TOKEN'],
    [
      'in the middle',
      (response: ServerResponse) => begin(response, wire).write(wire.events({ pieces: ['a', 'b'] })[0] ?? ''),
      'TIMEOUT',
    ],
  ])('and hangs %s', async (_, hang, timeout) => {
    const harness = await start(
      wire,
      (response) => {
        hang(response);
      },
      times,
    );
    const failure = await harness.failure(question, { chain });
    expect(failure).toMatchObject({ code: 'LUM_MODEL_UNAVAILABLE', attempts: 1 });
    expect(failure.message).toContain(timeout);
  });

  it('but drips on', async () => {
    const harness = await start(
      wire,
      async (response) => {
        begin(response, wire);
        for (const event of wire.events({ pieces: ['a', 'b', 'c', 'd'] })) {
          response.write(event);
          await delay(20);
        }
        response.end();
      },
      { ...times, LUMINA_MODEL_IDLE_TIMEOUT: '10s', LUMINA_MODEL_FIRST_TOKEN_TIMEOUT: '10s' },
    );
    expect((await harness.answer(question, { chain })).message.content).toBe('abcd');
  });

  it('and drips for ever', async () => {
    const events = wire.events({ pieces: Array.from({ length: 10_000 }, () => 'x') });
    const harness = await start(
      wire,
      async (response) => {
        begin(response, wire);
        for (const event of events) {
          if (response.destroyed) return;
          response.write(event);
          await delay(10);
        }
      },
      {
        ...times,
        LUMINA_MODEL_CALL_TIMEOUT: '700ms',
        LUMINA_MODEL_IDLE_TIMEOUT: '10s',
        LUMINA_MODEL_FIRST_TOKEN_TIMEOUT: '10s',
      },
    );
    expect((await harness.failure(question, { chain })).message).toContain('LUMINA_MODEL_CALL_TIMEOUT');
  });
});
