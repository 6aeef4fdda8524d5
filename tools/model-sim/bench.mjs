// How fast is the simulated model? Whole answers by autocannon, then many paced streams read over raw sockets.
// The server runs in a process of its own and tells its CPU time; where `taskset` exists it is kept to one core.
//
// Usage: node tools/build/build.mjs tools/model-sim && node tools/model-sim/bench.mjs [streams] [seconds]
import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';

const here = dirname(fileURLToPath(import.meta.url));
const main = join(here, '../../dist/tools/model-sim/src/main.js');
const streamCount = Number(process.argv[2] ?? 1000);
const seconds = Number(process.argv[3] ?? 8);
const tokensPerStream = 300;
const tokensPerSecond = 50;

function startServer() {
  const hasTaskset = spawnSync('taskset', ['--version']).status === 0;
  const command = [process.execPath, main, '--port', '0', '--scenario', join(here, 'scenarios/load.yaml')];
  const [program, ...args] = hasTaskset ? ['taskset', '-c', '0', ...command] : command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    child.stdout.once('data', (line) => resolve({ child, url: /http:\S+/.exec(String(line))[0] }));
  });
}

const stats = async (url) => (await fetch(`${url}/sim/stats`)).json();

/** Runs `work` and adds what it cost the server. */
async function measured(url, work) {
  const before = await stats(url);
  const startMs = performance.now();
  const result = await work();
  const wallMs = performance.now() - startMs;
  const after = await stats(url);
  const cpuMs = after.cpuMs - before.cpuMs;
  return { ...result, wallMs, cpuMs, cpuShare: cpuMs / wallMs, memoryMb: after.memoryBytes / 1e6 };
}

async function wholeAnswers(url, model, stream) {
  const { requests, latency, errors, non2xx } = await autocannon({
    url: `${url}/v1/chat/completions`,
    method: 'POST',
    connections: 32,
    duration: seconds,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      stream,
      messages: [{ role: 'user', content: 'Which files mention Redis?' }],
    }),
  });
  return { perSecond: requests.average, p50Ms: latency.p50, p99Ms: latency.p99, faults: errors + non2xx };
}

/** One stream over a raw socket, so that the reader stays cheaper than what it measures. */
function readStream(port, body) {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    let events = 0;
    let longestGapMs = 0;
    let lastMs = startMs;
    let firstMs = 0;
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    socket.on('data', (bytes) => {
      const nowMs = performance.now();
      if (firstMs === 0) firstMs = nowMs - startMs;
      else longestGapMs = Math.max(longestGapMs, nowMs - lastMs);
      lastMs = nowMs;
      for (let at = bytes.indexOf('data: '); at >= 0; at = bytes.indexOf('data: ', at + 6)) events += 1;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve({ events, firstMs, longestGapMs, totalMs: lastMs - startMs }));
  });
}

const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * q)];

async function pacedStreams(url) {
  const body = JSON.stringify({
    model: 'stream-300',
    stream: true,
    messages: [{ role: 'user', content: 'go' }],
  });
  const port = Number(new URL(url).port);
  const read = await Promise.all(Array.from({ length: streamCount }, () => readStream(port, body)));
  const expected = tokensPerStream + 3; // role, finish, [DONE]
  return {
    complete: read.filter(({ events }) => events === expected).length,
    firstP99Ms: quantile(
      read.map(({ firstMs }) => firstMs),
      0.99,
    ),
    totalP50Ms: quantile(
      read.map(({ totalMs }) => totalMs),
      0.5,
    ),
    totalP99Ms: quantile(
      read.map(({ totalMs }) => totalMs),
      0.99,
    ),
    longestGapP99Ms: quantile(
      read.map(({ longestGapMs }) => longestGapMs),
      0.99,
    ),
  };
}

const round = (result) =>
  Object.fromEntries(Object.entries(result).map(([name, value]) => [name, Math.round(value * 100) / 100]));
const tell = (title, result) => console.log(title, JSON.stringify(round(result)));

const { child, url } = await startServer();
try {
  await wholeAnswers(url, 'at-once', false); // warms up
  tell('scripted, whole:', await measured(url, () => wholeAnswers(url, 'at-once', false)));
  tell('scripted, streamed at once:', await measured(url, () => wholeAnswers(url, 'at-once', true)));
  const idealMs = ((tokensPerStream - 1) / tokensPerSecond) * 1000;
  console.log(
    `${streamCount} streams of ${tokensPerStream} tokens at ${tokensPerSecond}/s; ideal ${idealMs} ms each`,
  );
  tell('paced streams:', await measured(url, () => pacedStreams(url)));
} finally {
  child.removeAllListeners('exit');
  child.kill('SIGTERM');
}
