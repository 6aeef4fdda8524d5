// How soon the fallback of a chain is asked, and what a first model that is no good adds to an answer. Two servers of this process stand for
// the models, so that the times are of the chain and of HTTP on the loopback interface alone.
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { library, timesOf } from './built.mjs';

const { modelSettings, modelsFromSettings } = library('models');
const { parseSettings } = library('platform');

const warmUpCalls = 50;
const firstTokenMs = 300;
const idleMs = 300;
const callMs = 1_000;

const tokens = Array.from({ length: 24 }, (_one, index) => `word${index} `);
const text = tokens.join('').trimEnd();
const chunk = (delta, finish = null) =>
  `data: ${JSON.stringify({ id: 'a', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 24 } })}\n\n`;
const streaming = (response) => response.writeHead(200, { 'content-type': 'text/event-stream' });

function whole(response, words) {
  const events = (words.match(/\S+\s*/g) ?? []).map((content) => chunk({ content }));
  streaming(response).end([...events, chunk({}, 'stop'), usage, 'data: [DONE]\n\n'].join(''));
}

/** Goes on where it is told to, as a model would that does as it is asked. */
function obedient(response, { messages }) {
  const anchor = /→(.*)←/s.exec(String(messages.at(-1).content))?.[1];
  if (anchor === undefined) return whole(response, text);
  const said = String(messages.at(-2).content).trimEnd();
  whole(response, anchor + text.slice(said.length));
}

const refuse = (response, status, headers = {}) =>
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end('{"error":{"message":"no"}}');

function diesAfter(response, count) {
  const sent = tokens
    .slice(0, count)
    .map((content) => chunk({ content }))
    .join('');
  streaming(response).write(sent === '' ? ': hello\n\n' : sent, () => setImmediate(() => response.destroy()));
}

async function drips(response) {
  streaming(response);
  for (const content of tokens) {
    if (response.destroyed) return;
    response.write(chunk({ content }));
    await pause(200);
  }
}

/** Ways for a first model to be no good: how it answers, and the time-out that ends it, where one does. */
const ways = {
  'refuses connections': { timeoutMs: 0 },
  'answers 500': { timeoutMs: 0, answer: (response) => refuse(response, 500) },
  'a storm of 429': { timeoutMs: 0, answer: (response) => refuse(response, 429, { 'retry-after': '7' }) },
  'sends rubbish': { timeoutMs: 0, answer: (response) => streaming(response).end('data: {oops\n\n') },
  ...Object.fromEntries(
    tokens.map((_one, count) => [
      `dies after ${count} tokens`,
      { timeoutMs: 0, answer: (response) => diesAfter(response, count) },
    ]),
  ),
  hangs: { timeoutMs: firstTokenMs, answer: () => undefined },
  'falls silent': {
    timeoutMs: idleMs,
    answer: (response) => streaming(response).write(chunk({ content: tokens[0] })),
  },
  'drips slowly': { timeoutMs: callMs, answer: drips },
};

async function listening(answer) {
  const server = createServer((request, response) => {
    const atMs = performance.now();
    const body = [];
    request.on('data', (data) => body.push(data));
    request.on('end', () => void answer(response, JSON.parse(Buffer.concat(body).toString()), atMs));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { server, url: `http://127.0.0.1:${server.address().port}/v1` };
}

/** A chain of two, the first as the given settings and answer make it; `heardMs`: when the second was last asked. */
async function openChain(env, answer) {
  const state = { askedOfFirst: 0, heardMs: 0 };
  const first = await listening((response) => {
    state.askedOfFirst += 1;
    return answer?.(response);
  });
  const second = await listening((response, body, atMs) => {
    state.heardMs = atMs;
    obedient(response, body);
  });
  if (answer === undefined) await new Promise((done) => first.server.close(done));
  const settings = parseSettings(modelSettings, {
    ...{ OPENAI_BASE_URL: first.url, LUMINA_SIMULATED_BASE_URL: second.url },
    ...env,
  });
  const models = modelsFromSettings(settings);
  const request = {
    ...{ system: 'Be brief.', tools: [], maxOutputTokens: 100 },
    messages: [{ role: 'user', id: 'u', content: 'Say it.' }],
  };
  const ask = async (chain = ['openai/m', 'simulated/m']) => {
    let shown = '';
    const observer = { onText: (more) => (shown += more), onRestart: () => (shown = '') };
    const startedMs = performance.now();
    const outcome = await models.client.answer(chain, request, observer, new AbortController().signal);
    const tookMs = performance.now() - startedMs;
    if (outcome.kind !== 'answered') throw new Error(`no answer: ${JSON.stringify(outcome)}`);
    if (shown !== text) throw new Error(`another answer than one model would have given: ${shown}`);
    return { tookMs, fallbackMs: state.heardMs - startedMs };
  };
  const close = async () => {
    await models.close();
    for (const { server } of [first, second]) {
      server.closeAllConnections();
      server.close();
    }
  };
  return { state, ask, close };
}

/** From a call until the fallback has it, while the first model rests. */
export async function breakerRound(calls) {
  const env = {
    LUMINA_MODEL_ATTEMPTS: '1',
    LUMINA_MODEL_BREAKER_FAILURES: '3',
    LUMINA_MODEL_BREAKER_REST: '1h',
  };
  const { state, ask, close } = await openChain(env, ways['answers 500'].answer);
  try {
    for (let n = 0; n < warmUpCalls; n += 1) await ask();
    const asked = state.askedOfFirst;
    const samples = [];
    for (let n = 0; n < calls; n += 1) samples.push((await ask()).fallbackMs);
    if (state.askedOfFirst !== asked) throw new Error('the breaker was not open: the first model was asked');
    return timesOf(samples);
  } finally {
    await close();
  }
}

/** By way: the time-out that is waited for, and what was added to the fallback's own time, without that, at most. */
export async function fallbackRound() {
  const env = {
    ...{ LUMINA_MODEL_FIRST_TOKEN_TIMEOUT: `${firstTokenMs}ms`, LUMINA_MODEL_IDLE_TIMEOUT: `${idleMs}ms` },
    ...{ LUMINA_MODEL_CALL_TIMEOUT: `${callMs}ms`, LUMINA_MODEL_BREAKER_FAILURES: '1000' },
  };
  const found = {};
  for (const [way, { timeoutMs, answer }] of Object.entries(ways)) {
    // Silence in the middle is told from a slow drip by the longer time-out of the latter.
    const idle =
      way === 'drips slowly'
        ? { LUMINA_MODEL_IDLE_TIMEOUT: '10s', LUMINA_MODEL_FIRST_TOKEN_TIMEOUT: '10s' }
        : {};
    const { ask, close } = await openChain({ ...env, ...idle }, answer);
    try {
      const alone = [];
      for (let n = 0; n < 5; n += 1) alone.push((await ask(['simulated/m'])).tookMs);
      const { tookMs } = await ask();
      found[way] = { timeoutMs, addedMs: tookMs - timesOf(alone).p50Ms };
    } finally {
      await close();
    }
  }
  return found;
}
