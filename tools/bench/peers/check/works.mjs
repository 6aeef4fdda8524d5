// What each work must bring, as answer and as model calls.
import { setTimeout as sleep } from 'node:timers/promises';

const expected = {
  chat: { calls: 1, answer: /^This is a short answer of .* easy question\.$/ },
  agent: { calls: 2, answer: /^The tool was asked for the key .* that the value of k is 42$/ },
  agent4: { calls: 2, answer: /^The tool was asked four times .* that the value of k is 42$/ },
  steps4: { calls: 5, answer: /^The tool was asked in four steps .* that the value of k is 42$/ },
  stream: { calls: 1, answer: /^\S+( \S+){299}$/ },
  burst: { calls: 1, answer: /^It took five seconds/ },
};
/** 300 tokens at 50 a second take six seconds; a peer that gathers them all first does not stream. */
const fewestChunks = 50;
const shortestMs = 5000;
/** Long enough for a call that nobody waits for to show. */
const settleMs = 100;

/** Does one work once. @returns the faults, none when all is as it must be */
export async function checkWork({ url, modelUrl, work }) {
  await fetch(`${modelUrl}/sim/requests`, { method: 'DELETE' });
  const answer = await (work === 'stream' ? streamed(url) : run(url, work)).catch((error) => String(error));
  await sleep(settleMs);
  const requests = await (await fetch(`${modelUrl}/sim/requests`)).json();
  const { calls, answer: wanted } = expected[work];
  return [
    ...(wanted.test(answer) ? [] : [`answered ${JSON.stringify(answer)}`]),
    ...(requests.length === calls ? [] : [`${requests.length} model calls, not ${calls}`]),
    ...requests.flatMap((request) => faultsOf(request, work)),
  ].map((fault) => `${work}: ${fault}`);
}

function faultsOf({ scenario, stream, outcome, tools, model }, work) {
  return [
    ...(scenario === work ? [] : [`the model played ${scenario}`]),
    ...(stream ? [] : ['a model call was not streamed']),
    ...(outcome === 'answered' ? [] : [`the model's outcome is ${outcome}`]),
    ...(tools.join() === 'bench_tool' ? [] : [`the tools offered are [${tools.join()}]`]),
    ...(model === 'scripted' ? [] : [`the model asked for is ${model}`]),
  ];
}

function ask(url, work) {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify({ work }) });
}

async function run(url, work) {
  const response = await ask(`${url}/run`, work);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()).answer;
}

async function streamed(url) {
  const response = await ask(`${url}/stream`, 'stream');
  if (!response.headers.get('content-type')?.startsWith('text/event-stream'))
    throw new Error(`${response.status} ${response.headers.get('content-type')}`);
  let text = '';
  const times = [];
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    times.push(performance.now());
    text += chunk;
  }
  const tookMs = Math.round(times.at(-1) - times[0]);
  if (times.length < fewestChunks || tookMs < shortestMs)
    throw new Error(`came in ${times.length} chunks in ${tookMs} ms`);
  const events = text.split('\n\n').slice(0, -1);
  if (events.pop() !== 'data: [DONE]') throw new Error('the stream did not end with [DONE]');
  return events.map((event) => JSON.parse(event.replace(/^data: /, ''))).join('');
}
