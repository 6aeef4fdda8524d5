import { afterEach, describe, expect, it } from '@jest/globals';
import type { Environment } from '@lumina/platform';
import type { ModelWatch } from './model-watch';
import { unwatched } from './model-watch';
import type { Responder } from './testing/byte-server';
import { question } from './testing/harness';
import { type Pair, seamIn, startPair } from './testing/pair';
import { play, refuse } from './testing/wire-server';
import { eachWire } from './testing/wires/all-wires';
import { anthropicMessagesWire } from './testing/wires/anthropic-messages';
import { ollamaChatWire } from './testing/wires/ollama-chat';
import { openAiChatWire } from './testing/wires/openai-chat';
import type { Wire, WireAnswer } from './testing/wires/wire';

const tokens =
  (
    'The quick brown fox jumps over the lazy dog. It rained in Zürich: 21 °C at noon, 12 at night. ' +
    'It rained and rained.\n\n- one\n- two\n\nThe fox said “no”, and 天気 is fine. The End.'
  ).match(/\s*\S{1,5}/g) ?? [];
const text = tokens.join('');

const opened: Pair[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((pair) => pair.close()));
});

const otherThan = (wire: Wire): Wire =>
  wire.provider === 'anthropic' ? ollamaChatWire : anthropicMessagesWire;

/** The events of an answer up to the k-th token of its text. */
function upTo(wire: Wire, k: number): string {
  const events = wire.events({ pieces: tokens });
  const empty = wire.events({ pieces: [] });
  const isText = (event: string): boolean =>
    tokens.some((token) => event.includes(JSON.stringify(token).slice(1, -1)));
  let seen = 0;
  let end = 0;
  for (const [n, event] of events.entries()) {
    if (seen >= k && n > 0) break;
    end = n + 1;
    if (!empty.includes(event) && isText(event) && event.includes('elta')) seen += 1;
    else if (wire.contentType === 'application/x-ndjson') seen += 1;
  }
  return events.slice(0, end).join('');
}

/** A model that does what it is asked to: goes on from the last words, or answers from the start. */
const obedient =
  (wire: Wire, answer: WireAnswer = { pieces: tokens }): Responder =>
  (response, { body }) => {
    const whole = (answer.pieces ?? []).join('');
    const seam = seamIn(wire.asked(body));
    const written = seam === undefined ? whole : seam.anchor + whole.slice(seam.said.trimEnd().length);
    play(response, wire, { ...answer, pieces: written.match(/.{1,4}/gs) ?? [] });
  };

async function ask({ models, chain }: Pair, request = question) {
  const shown: string[] = [];
  let restarts = 0;
  const observer = {
    onText: (more: string) => shown.push(more),
    onRestart: () => (restarts += 1),
  };
  const outcome = await models.client.answer(chain, request, observer, new AbortController().signal);
  if (outcome.kind !== 'answered') throw new Error(JSON.stringify(outcome));
  return { answer: outcome.answer, shown: shown.join(''), restarts };
}

const pairOf = async (
  wires: readonly [Wire, Wire],
  responders: readonly [Responder, Responder],
  options: { env?: Environment; watch?: ModelWatch } = {},
): Promise<Pair> => {
  const pair = await startPair(wires, responders, options);
  opened.push(pair);
  return pair;
};

/** No breaker gets in the way of a test that breaks one stream after another. */
const patient = { LUMINA_MODEL_BREAKER_FAILURES: '1000' };

describe.each(eachWire)('%s dies after any token', (_, wire) => {
  const other = otherThan(wire);
  const wires = [wire, other] as const;

  it('and the text is what one model would have said', async () => {
    let k = 0;
    const pair = await pairOf(
      wires,
      [
        (response) => {
          response.writeHead(200, { 'content-type': wire.contentType });
          response.write(upTo(wire, k), () => {
            setImmediate(() => response.destroy());
          });
        },
        obedient(other),
      ],
      { env: patient },
    );
    const seams: number[] = [];
    for (k = 1; k < tokens.length; k += 1) {
      const { answer, shown, restarts } = await ask(pair);
      expect(shown).toBe(text);
      expect(answer).toMatchObject({ message: { content: text, toolCalls: [] }, model: pair.chain[1] });
      expect(restarts).toBe(0);
      seams.push(answer.parts[0]?.at ?? 0);
    }
    // Each token moved the seam: no cut was passed over.
    expect(new Set(seams).size).toBeGreaterThan(tokens.length * 0.8);
  }, 60_000);
});

describe('a stream that breaks', () => {
  const wires = [openAiChatWire, anthropicMessagesWire] as const;
  const half = { pieces: tokens.slice(0, 20) };
  const cut = upTo(openAiChatWire, 20);
  const broken: Readonly<Record<string, Responder>> = {
    'with the connection': (response) => {
      response.writeHead(200, { 'content-type': openAiChatWire.contentType });
      response.write(cut, () => setImmediate(() => response.destroy()));
    },
    'by an end that comes too early': (response) => {
      response.writeHead(200, { 'content-type': openAiChatWire.contentType }).end(cut);
    },
    'with an event that cannot be read': (response) => {
      response.writeHead(200, { 'content-type': openAiChatWire.contentType });
      response.end(`${cut}data: {"choices":[{"delta":\n\n`);
    },
    'with an error inside': (response) => {
      response.writeHead(200, { 'content-type': openAiChatWire.contentType });
      response.end(cut + openAiChatWire.innerError('the server had an error'));
    },
    'by falling silent': (response) => {
      response.writeHead(200, { 'content-type': openAiChatWire.contentType }).write(cut);
    },
  };

  it.each(Object.keys(broken))('%s goes on elsewhere', async (how) => {
    const env = { LUMINA_MODEL_IDLE_TIMEOUT: '300ms' };
    const pair = await pairOf(wires, [broken[how] ?? (() => undefined), obedient(anthropicMessagesWire)], {
      env,
    });
    const { answer, shown } = await ask(pair);
    expect(shown).toBe(text);
    expect(answer.parts).toMatchObject([
      { model: 'openai/m', isStitched: true, at: half.pieces.join('').length },
    ]);
    expect(pair.first.requests).toHaveLength(1);
  });

  it('costs what both have said', async () => {
    const price = { inputUsdPerMillion: 1, outputUsdPerMillion: 1_000_000, since: '2026-01-01' };
    const responders = [
      broken['with the connection'] ?? (() => undefined),
      obedient(anthropicMessagesWire),
    ] as const;
    const pair = await startPair(wires, responders, { prices: { 'openai/m': price } });
    opened.push(pair);
    const { answer } = await ask(pair);
    const [part] = answer.parts;
    expect(part?.usage.outputTokens).toBe(Math.ceil(half.pieces.join('').length / 4));
    expect(answer.usage.outputTokens).toBe(7 + (part?.usage.outputTokens ?? 0));
    expect(answer.costUsd).toBeCloseTo(part?.costUsd ?? 0);
    expect(answer.isUsageEstimated).toBe(true);
  });

  it('a second time goes on from both', async () => {
    let asked = 0;
    const pair = await pairOf(
      wires,
      [
        broken['with the connection'] ?? (() => undefined),
        (response, request, n) => {
          asked += 1;
          if (asked > 1) {
            void obedient(anthropicMessagesWire)(response, request, n);
            return;
          }
          const { anchor = '', said = '' } = seamIn(anthropicMessagesWire.asked(request.body)) ?? {};
          const more = text.slice(said.trimEnd().length, said.length + 30);
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          const events = anthropicMessagesWire.events({ pieces: [anchor, more] });
          response.write(events.slice(0, -3).join(''), () => setImmediate(() => response.destroy()));
        },
      ],
      { env: { LUMINA_MODEL_ATTEMPTS: '2' } },
    );
    const { answer, shown } = await ask(pair);
    expect(shown).toBe(text);
    expect(answer.parts.map(({ isStitched }) => isStitched)).toEqual([true, true]);
  });

  it('is told to whoever watches', async () => {
    const told: string[] = [];
    const watch = {
      ...unwatched,
      failed: (ref: string, code: string) => told.push(`${ref} ${code}`),
      fellBack: (from: string, to: string) => told.push(`${from} > ${to}`),
      stitched: (from: string, to: string) => told.push(`${from} + ${to}`),
    };
    const responders = [
      broken['with the connection'] ?? (() => undefined),
      obedient(anthropicMessagesWire),
    ] as const;
    await ask(await pairOf(wires, responders, { watch }));
    expect(told).toEqual([
      'openai/m LUM_MODEL_UNAVAILABLE',
      'openai/m > anthropic/m',
      'openai/m + anthropic/m',
    ]);
  });
});

describe.each(eachWire)('%s dies in the middle of a tool call', (_, wire) => {
  it('and the call is asked for anew, whole', async () => {
    const other = otherThan(wire);
    const call = { id: 'call_1', name: 'weather', args: ['{"city":"Zü', 'rich"}'] };
    const said = { pieces: ['Let me ', 'look.'], calls: [call, { ...call, id: 'call_2' }] };
    const whole = wire.events(said);
    const first = whole.findIndex((event) => event.includes('weather'));
    const cut = whole.slice(0, first + 2).join('');
    const pair = await pairOf(
      [wire, other],
      [
        (response) => {
          response.writeHead(200, { 'content-type': wire.contentType });
          response.write(cut, () => setImmediate(() => response.destroy()));
        },
        obedient(other, { ...said, calls: [{ id: 'call_9', name: 'weather', args: ['{"city":"Bern"}'] }] }),
      ],
    );
    const { answer, shown } = await ask(pair);
    expect(shown).toBe('Let me look.');
    expect(answer.message).toMatchObject({
      content: 'Let me look.',
      toolCalls: [{ name: 'weather', args: { city: 'Bern' } }],
    });
    expect(answer.message.toolCalls).toHaveLength(1);
    expect(answer.finishReason).toBe('tool_calls');
  });
});

describe('a primary that is no good from the start', () => {
  const wires = [openAiChatWire, anthropicMessagesWire] as const;
  const times = {
    LUMINA_MODEL_FIRST_TOKEN_TIMEOUT: '300ms',
    LUMINA_MODEL_CALL_TIMEOUT: '2s',
    LUMINA_MODEL_IDLE_TIMEOUT: '10s',
  };
  const bad: Readonly<Record<string, Responder>> = {
    hangs: () => undefined,
    'is limiting requests': (response) => {
      refuse(response, openAiChatWire, { status: 429, headers: { 'retry-after': '7' } });
    },
    'is overloaded': (response) => {
      refuse(response, openAiChatWire, { status: 529 });
    },
    'hangs up': (response) => {
      response.destroy();
    },
    'sends comments for ever': async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      while (!response.destroyed) {
        response.write(': keep-alive\n\n');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    'sends rubbish': (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {oops\n\n');
    },
  };

  it.each(Object.keys(bad))('and %s', async (how) => {
    const pair = await pairOf(wires, [bad[how] ?? (() => undefined), obedient(anthropicMessagesWire)], {
      env: times,
    });
    const { answer, shown } = await ask(pair);
    expect(shown).toBe(text);
    expect(answer).toMatchObject({ model: 'anthropic/m', parts: [] });
  });

  it('and drips so slowly that its time is up', async () => {
    const events = openAiChatWire.events({ pieces: tokens });
    const drip: Responder = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of events) {
        if (response.destroyed) return;
        response.write(event);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    };
    const env = { ...times, LUMINA_MODEL_FIRST_TOKEN_TIMEOUT: '10s' };
    const pair = await pairOf(wires, [drip, obedient(anthropicMessagesWire)], { env });
    expect((await ask(pair)).shown).toBe(text);
  });
});

describe('a breaker', () => {
  const wires = [openAiChatWire, anthropicMessagesWire] as const;
  const down: Responder = (response) => {
    refuse(response, openAiChatWire, { status: 500 });
  };

  it('opens, and the next call goes to the fallback without asking', async () => {
    const states: string[] = [];
    const watch = { ...unwatched, breaker: (ref: string, state: string) => states.push(`${ref} ${state}`) };
    const env = { LUMINA_MODEL_ATTEMPTS: '1', LUMINA_MODEL_BREAKER_FAILURES: '3' };
    const pair = await pairOf(wires, [down, obedient(anthropicMessagesWire)], { env, watch });
    for (let n = 0; n < 6; n += 1) await ask(pair);
    expect(pair.first.requests).toHaveLength(3);
    expect(pair.second.requests).toHaveLength(6);
    expect(states).toEqual(['openai/m open']);
  });

  it('lets one request try the model again, and nobody waits for it', async () => {
    let isHanging = false;
    let release = (): void => undefined;
    const env = {
      LUMINA_MODEL_ATTEMPTS: '1',
      LUMINA_MODEL_BREAKER_FAILURES: '1',
      LUMINA_MODEL_BREAKER_REST: '200ms',
    };
    const pair = await pairOf(
      wires,
      [
        (response, request, n) => {
          if (!isHanging) void down(response, request, n);
          else release = (): void => play(response, openAiChatWire, { pieces: tokens });
        },
        obedient(anthropicMessagesWire),
      ],
      { env },
    );
    await ask(pair);
    isHanging = true;
    await new Promise((resolve) => setTimeout(resolve, 300));
    const trial = ask(pair);
    while (pair.first.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await ask(pair)).answer.model).toBe('anthropic/m');
    release();
    expect((await trial).answer.model).toBe('openai/m');
    isHanging = true;
    const after = ask(pair);
    while (pair.first.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    release();
    expect((await after).answer.model).toBe('openai/m');
  });

  it('does not count what is not the model’s fault', async () => {
    const env = { LUMINA_MODEL_BREAKER_FAILURES: '1' };
    const refusing: Responder = (response) => {
      refuse(response, openAiChatWire, { status: 401 });
    };
    const pair = await pairOf(wires, [refusing, obedient(anthropicMessagesWire)], { env });
    for (let n = 0; n < 3; n += 1) await ask(pair);
    expect(pair.first.requests).toHaveLength(3);
  });

  it('of the only model says for how long it is open', async () => {
    const env = { LUMINA_MODEL_BREAKER_FAILURES: '1', LUMINA_MODEL_ATTEMPTS: '1' };
    const { models } = await pairOf(wires, [down, down], { env });
    const observer = { onText: () => undefined, onRestart: () => undefined };
    const answer = () => models.client.answer(['openai/m'], question, observer, new AbortController().signal);
    expect(await answer()).toMatchObject({ code: 'LUM_MODEL_UNAVAILABLE', attempts: 1 });
    const second = await answer();
    expect(second).toMatchObject({ kind: 'failed', code: 'LUM_MODEL_UNAVAILABLE', attempts: 0 });
    expect(second.kind === 'failed' && second.message).toContain('rests after failures');
  });
});
