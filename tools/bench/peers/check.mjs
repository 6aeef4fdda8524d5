// Proves the peers: node tools/bench/peers/check.mjs [NAME…] [--seconds N]
//
// Each installed peer does each of its works twice against the simulated model; the answers and the number of model calls are
// compared with what they must be. With --seconds, 32 clients then ask for `agent` that long: a glance, not a measurement.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const here = import.meta.dirname;
const root = resolve(here, '../../..');
const clients = 32;
const startMs = 60_000;
const answers = {
  chat: /^This is a short answer of .* easy question\.$/,
  agent: /that the value of k is 42$/,
  agent4: /four times .* that the value of k is 42$/,
  stream: /^\S+( \S+){299}$/,
  burst: /^It took five seconds/,
};
const callsPerRun = { chat: 1, agent: 2, agent4: 2, stream: 1, burst: 1 };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' } },
});
const seconds = Number(values.seconds ?? 0);
const known = JSON.parse(readFileSync(join(here, 'peers.json'), 'utf8'));
const unknown = positionals.filter((name) => !known.some((peer) => peer.name === name));
if (unknown.length > 0) {
  console.error(`no such peer: ${unknown.join(', ')}; there are ${known.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

execFileSync(process.execPath, [join(root, 'tools/build/build.mjs'), 'tools/model-sim'], {
  stdio: 'inherit',
});
const children = new Set();
const model = await startModel();
const rows = [];
try {
  for (const peer of known.filter(({ name }) => positionals.length === 0 || positionals.includes(name)))
    rows.push(await checkPeer(peer));
} finally {
  await Promise.all([...children].map(stop));
}
console.table(Object.fromEntries(rows.map(({ name, ...row }) => [name, row])));
process.exitCode = rows.some(({ faults }) => faults !== 'none') ? 1 : 0;

async function checkPeer(peer) {
  const folder = dirname(join(here, peer.main));
  if (!existsSync(join(folder, 'node_modules')))
    return {
      name: peer.name,
      faults: `not installed: node ${join('tools/bench/peers/install.mjs')} ${peer.name}`,
    };
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-peer-'));
  const redis = await startRedis(join(dataDir));
  const process_ = await startPeer(peer, {
    redisUrl: redis.url,
    dataDir: mkdtempSync(join(dataDir, 'own-')),
  });
  try {
    const faults = [];
    for (const work of peer.works)
      for (const turn of [1, 2]) faults.push(...(await checkWork(process_, work, turn)));
    for (const fault of faults) console.error(`${peer.name}: ${fault}`);
    const glance = seconds > 0 ? await takeAGlance(process_) : {};
    const stopMs = await stopTimed(process_.child);
    if (stopMs > 5000) faults.push(`took ${stopMs} ms to stop`);
    faults.push(...process_.pids.filter(isAlive).map((pid) => `process ${pid} outlived it`));
    return { name: peer.name, faults: faults[0] ?? 'none', ...glance, 'stop ms': stopMs };
  } finally {
    await stop(process_.child);
    await stop(redis.child);
    rmSync(dataDir, { recursive: true });
  }
}

async function checkWork({ url }, work, turn) {
  await fetch(`${model.url}/sim/requests`, { method: 'DELETE' });
  const answer = await (work === 'stream' ? streamed(url) : run(url, work)).catch((error) => String(error));
  const requests = await (await fetch(`${model.url}/sim/requests`)).json();
  const faults = [];
  if (!answers[work].test(answer)) faults.push(`${work} ${turn}: answered ${JSON.stringify(answer)}`);
  if (requests.length !== callsPerRun[work])
    faults.push(`${work} ${turn}: ${requests.length} model calls, not ${callsPerRun[work]}`);
  for (const { scenario, stream, outcome, tools } of requests) {
    if (scenario !== work) faults.push(`${work} ${turn}: the model played ${scenario}`);
    if (!stream) faults.push(`${work} ${turn}: a model call was not streamed`);
    if (outcome !== 'answered') faults.push(`${work} ${turn}: the model ${outcome}`);
    if (!tools.includes('bench_tool')) faults.push(`${work} ${turn}: the tool was not offered`);
  }
  return faults;
}

function ask(url, path, work) {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify({ work }) });
}

async function run(url, work) {
  const response = await ask(url, '/run', work);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()).answer;
}

/** What was streamed, if it came as a stream: in pieces, over six seconds, to the end. */
async function streamed(url) {
  const response = await ask(url, '/stream', 'stream');
  let text = '';
  const times = [];
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    times.push(performance.now());
    text += chunk;
  }
  const events = text.split('\n\n').filter((event) => event !== '');
  if (events.pop() !== 'data: [DONE]') throw new Error('the stream did not end with [DONE]');
  const tookMs = times.at(-1) - times[0];
  if (times.length < 50 || tookMs < 5000) throw new Error(`came in ${times.length} chunks in ${tookMs} ms`);
  return events.map((event) => JSON.parse(event.replace(/^data: /, ''))).join('');
}

async function takeAGlance({ url, pids }) {
  const until = async (end) => {
    let count = 0;
    const client = async () => {
      for (; performance.now() < end; count += 1) await run(url, 'agent');
    };
    await Promise.all(Array.from({ length: clients }, client));
    return count;
  };
  await until(performance.now() + 2000);
  const before = cpuSeconds(pids);
  const beganMs = performance.now();
  const count = await until(beganMs + seconds * 1000);
  const tookSeconds = (performance.now() - beganMs) / 1000;
  const cpu = cpuSeconds(pids) - before;
  return {
    'runs/s': Math.round(count / tookSeconds),
    'CPU-s/1000': Number(((cpu / count) * 1000).toFixed(2)),
  };
}

/** User and system time; Linux counts in hundredths of a second. */
function cpuSeconds(pids) {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / 100;
}

async function startModel() {
  const main = join(root, 'dist/tools/model-sim/src/main.js');
  const child = launch(process.execPath, [main, '--scenario', join(here, '../scenarios.yaml')]);
  const line = await lineOf(child, (text) => text.includes('listening on'));
  return { url: /http:\S+/.exec(line)[0] };
}

async function startRedis(dir) {
  const port = await freePort();
  const options = ['--port', port, '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'yes'];
  const child = launch('redis-server', [...options, '--appendfsync', 'everysec'].map(String));
  await lineOf(child, (text) => text.includes('Ready to accept connections'));
  return { child, url: `redis://127.0.0.1:${port}` };
}

async function startPeer({ main }, { redisUrl, dataDir }) {
  const env = {
    ...process.env,
    PORT: String(await freePort()),
    MODEL_BASE_URL: `${model.url}/v1`,
    REDIS_URL: redisUrl,
    DATA_DIR: dataDir,
  };
  const child = launch(process.execPath, [join(here, main)], env);
  const ready = JSON.parse(await lineOf(child, (text) => text.startsWith('{"ready":true')));
  console.log(`${main}: ${JSON.stringify(ready.versions)} ${JSON.stringify(ready.settings)}`);
  return { child, url: ready.url, pids: ready.pids };
}

function launch(command, args, env = process.env) {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

function lineOf(child, isWanted) {
  return new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error(`${child.spawnargs.join(' ')} is not ready`)), startMs);
    child.once('exit', (code) => fail(new Error(`${child.spawnargs.join(' ')} ended with ${code}`)));
    createInterface(child.stdout).on('line', (line) => {
      if (!isWanted(line)) return;
      clearTimeout(late);
      done(line);
    });
  });
}

function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return undefined;
  return new Promise((done) => {
    child.once('exit', done);
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 8000).unref();
  });
}

async function stopTimed(child) {
  const beganMs = performance.now();
  await stop(child);
  return Math.round(performance.now() - beganMs);
}

function isAlive(pid) {
  return existsSync(`/proc/${pid}`);
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
