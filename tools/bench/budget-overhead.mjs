// What a reservation and its settlement add to a step: claim and commit of the same step on a Redis of its own, with no budget, with one, and
// with five budgets that count it. One after the other, so that the times are round trips.
//
// Usage: node tools/bench/budget-overhead.mjs [steps]     after node tools/build/build.mjs
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);
const { DurableWriter, RedisRunStore } = require(resolve(root, 'dist/libs/store/src/index.js'));
const { Redis } = require('ioredis');

const steps = Number(process.argv[2] ?? 2_000);
const port = 20_000 + Math.floor(Math.random() * 20_000);
const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
const server = spawn('redis-server', args, { stdio: 'ignore' });
const options = { autoResendUnfulfilledCommands: false, enableOfflineQueue: false };

const budget = (scope, period) => ({
  scope,
  name: '*',
  period,
  nanoUsd: 9e14,
  tokens: 9e14,
  onLimit: 'fail',
});
const five = ['tenant', 'agent', 'thread'].map((scope) => budget(scope, 'day'));
five.push(budget('tenant', 'month'), budget('agent', 'month'));

async function connected() {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const redis = new Redis({ port, host: '127.0.0.1', ...options, retryStrategy: null });
    redis.on('error', () => undefined);
    const isReady = await new Promise((done) => {
      redis.once('ready', () => done(true));
      redis.once('end', () => done(false));
    });
    if (isReady) return redis;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('redis-server does not come up');
}

const accepted = (run) => ({
  ...{ run, at: 1, type: 'run.accepted', agent: 'a', agentDigest: 'd', input: [], depth: 0 },
  limits: { steps: 25, toolCalls: 100, tokens: 1e6, costUsd: 5, wallTimeMs: 6e5 },
});
const answered = (run) => ({
  ...{ run, at: 1, type: 'model.answered', step: 1, model: 'openai/m', costUsd: 1e-5, finishReason: 'stop' },
  message: { role: 'assistant', id: 'm', content: 'Done.', toolCalls: [] },
  ...{ usage: { inputTokens: 100, outputTokens: 20 }, attempt: 1, durationMs: 1, timeToFirstTokenMs: 1 },
});
const spent = { agent: 'a', model: 'openai/m', inputTokens: 100, outputTokens: 20, costUsd: 1e-5, lost: 0 };
const quantile = (times, q) => times[Math.floor((times.length - 1) * q)];
const calls = async (redis) =>
  [...(await redis.info('commandstats')).matchAll(/calls=(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);

async function measure(store, redis, name, budgets) {
  const wants = budgets.length === 0 ? 'journal' : { tariffs: name };
  const models = [{ name: 'openai/m', input: 1_000, output: 4_000 }];
  const tariff = { base: 2_000, out: 4_096, model: 'openai/m', models, budgets };
  const times = [];
  let before = 0;
  for (let index = 0; index <= steps; index += 1) {
    const run = `${name}-${index}`;
    await store.create({
      ...{ run, thread: `t-${run}`, tenant: 'acme', accepted: accepted(run), requestDigest: run },
      ...{ ifThreadMissing: 'create', ifThreadBusy: 'enqueue', threadMetadata: {}, isListed: false },
      caps: { ofTenant: 0, ofAgent: 0 },
    });
    const startedMs = performance.now();
    const { claimed } = await store.claim({ run, item: 'step:1' }, `w-${run}`, 3_000, wants);
    const claimMs = performance.now() - startedMs;
    if (claimed.allowance.kind === 'unpriced') await store.reserve(claimed.lease, name, tariff);
    const committedMs = performance.now();
    const facts = [answered(run), { run, at: 2, type: 'run.succeeded' }];
    await store.commit(claimed.lease, { facts, status: 'succeeded', open: [], spent });
    if (index === 0) before = await calls(redis);
    else times.push(claimMs + performance.now() - committedMs);
  }
  const commands = ((await calls(redis)) - before - 1) / steps;
  times.sort((a, b) => a - b);
  const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
  console.log(
    `${name.padEnd(14)} p50 ${p50.toFixed(3)} ms  p99 ${p99.toFixed(3)} ms  ${commands.toFixed(1)} commands a run`,
  );
  return p50;
}

try {
  const redis = await connected();
  const store = new RedisRunStore(
    new DurableWriter(redis, { replicas: 0, waitMs: 1_000, deadlineMs: 8_000 }),
    redis,
  );
  await store.putAgent('d', '{}');
  await measure(store, redis, 'warm-up', []);
  const none = await measure(store, redis, 'no-budget', []);
  const one = await measure(store, redis, 'one-budget', five.slice(0, 1));
  const all = await measure(store, redis, 'five-budgets', five);
  console.log(`added at p50: one ${(one - none).toFixed(3)} ms, five ${(all - none).toFixed(3)} ms`);
  redis.disconnect();
} finally {
  server.kill('SIGTERM');
}
