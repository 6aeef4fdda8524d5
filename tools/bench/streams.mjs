// How late events reach many streaming clients of one gateway: node tools/bench/streams.mjs [--clients N] [--rate N] [--seconds N]
//
// A real Redis, a real gateway process, one SSE client a run over loopback HTTP. Events are written through the run store as an
// orchestrator writes a model's words; each carries the time at which it was written. What is measured is the time from there
// to the client's socket: store, live stream, gateway, HTTP. Publisher and clients share the machine with what they measure.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '15' },
  },
});
const clients = Number(values.clients);
const eventsPerSecond = Number(values.rate);
const seconds = Number(values.seconds);
const warmUpSeconds = 3;

execFileSync(process.execPath, [join(root, 'tools/build/build.mjs')], { cwd: root, stdio: 'inherit' });
const require = createRequire(import.meta.url);
const { DurableWriter, RedisRunStore, noCaps } = require(join(root, 'dist/libs/store/src/index.js'));
const { runLimitsSchema, serviceHeapOptions } = require(join(root, 'dist/libs/contracts/src/index.js'));
const { Redis } = require('ioredis');

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const folder = mkdtempSync(join(tmpdir(), 'lumina-streams-'));
const redisPort = await freePort();
const gatewayPort = await freePort();
const redisUrl = `redis://127.0.0.1:${redisPort}/0`;
const redisArgs = [
  '--port',
  redisPort,
  '--bind',
  '127.0.0.1',
  '--dir',
  folder,
  '--save',
  '',
  '--appendonly',
  'yes',
];
const redis = spawn('redis-server', redisArgs.map(String), { stdio: 'ignore' });
const gateway = spawn(
  process.execPath,
  [...serviceHeapOptions, join(root, 'dist/apps/gateway/src/main.js')],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PORT: String(gatewayPort),
      LUMINA_REDIS_URL: redisUrl,
      LUMINA_API_KEYS: 'bench-key-1:bench',
      LUMINA_LOG_LEVEL: 'error',
    },
  },
);

const cpuSeconds = (pid) => {
  const { readFileSync } = require('node:fs');
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

try {
  const write = new Redis(redisUrl, { autoResendUnfulfilledCommands: false, enableOfflineQueue: false });
  const read = new Redis(redisUrl);
  await new Promise((done) => write.once('ready', done));
  const store = new RedisRunStore(
    new DurableWriter(write, { replicas: 0, waitMs: 500, deadlineMs: 5_000 }),
    read,
  );
  await store.putAgent('bench', '{}');
  const leases = [];
  for (let index = 0; index < clients; index += 1) {
    const run = crypto.randomUUID();
    const accepted = {
      ...{ run, at: Date.now(), type: 'run.accepted', agent: 'lumina', agentDigest: 'bench', depth: 0 },
      input: [],
      limits: runLimitsSchema.parse({}),
    };
    const thread = crypto.randomUUID();
    await store.create({
      ...{ run, thread, tenant: 'bench', accepted, requestDigest: run, threadMetadata: {} },
      ...{ ifThreadMissing: 'create', ifThreadBusy: 'enqueue', isListed: false, caps: noCaps },
    });
    const claimed = await store.claim({ run, item: 'step:1' }, `bench#${index}`, 3_600_000);
    leases.push({ ...claimed.claimed.lease, thread, count: 0 });
  }
  for (let tries = 0; tries < 100; tries += 1) {
    const isReady = await fetch(`http://127.0.0.1:${gatewayPort}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) break;
    await pause(100);
  }

  const delaysMs = [];
  let received = 0;
  let isMeasuring = false;
  const agent = new Agent({ keepAlive: false });
  const connections = leases.map(
    ({ run, thread }) =>
      new Promise((connected, failed) => {
        const path = `/threads/${thread}/runs/${run}/stream?stream_mode=messages-tuple`;
        const headers = { 'x-api-key': 'bench-key-1' };
        const asked = request({ host: '127.0.0.1', port: gatewayPort, path, headers, agent }, (response) => {
          connected(asked);
          response.on('data', (piece) => {
            const now = performance.timeOrigin + performance.now();
            for (const [, at] of piece.toString().matchAll(/at=([\d.]+);/g)) {
              received += 1;
              if (isMeasuring) delaysMs.push(now - Number(at));
            }
          });
        });
        asked.on('error', failed).end();
      }),
  );
  const open = await Promise.all(connections);

  const tickMs = 10;
  let written = 0;
  let cursor = 0;
  const startedAt = performance.now();
  const publishing = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1_000) * eventsPerSecond;
    for (; written < due; written += 1) {
      const lease = leases[cursor];
      cursor = (cursor + 1) % leases.length;
      lease.count += 1;
      const text = `at=${(performance.timeOrigin + performance.now()).toFixed(3)};`;
      const events = [{ type: 'delta', messageId: 'm', text }];
      void store.renew(lease, { leaseMs: 3_600_000, number: lease.count, partialMessageId: 'm', events });
    }
  }, tickMs);
  await pause(warmUpSeconds * 1_000);
  isMeasuring = true;
  const before = { gateway: cpuSeconds(gateway.pid), redis: cpuSeconds(redis.pid), received, written };
  await pause(seconds * 1_000);
  isMeasuring = false;
  const after = { gateway: cpuSeconds(gateway.pid), redis: cpuSeconds(redis.pid), received, written };
  const blocked = (await read.client('LIST')).split('\n').filter((line) => / cmd=xread /.test(line)).length;
  clearInterval(publishing);
  await pause(1_000);
  delaysMs.sort((a, b) => a - b);
  const at = (share) =>
    delaysMs[Math.min(delaysMs.length - 1, Math.floor(delaysMs.length * share))]?.toFixed(1);
  const percent = (name) => `${(((after[name] - before[name]) / seconds) * 100).toFixed(0)} %`;
  console.log(
    JSON.stringify({
      clients,
      eventsPerSecondAsked: eventsPerSecond,
      eventsPerSecondWritten: Math.round((after.written - before.written) / seconds),
      eventsPerSecondReceived: Math.round((after.received - before.received) / seconds),
      missing: written - received,
      delayMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
      blockingReaders: blocked,
      cpu: { gateway: percent('gateway'), redis: percent('redis') },
    }),
  );
  for (const asked of open) asked.destroy();
  write.disconnect();
  read.disconnect();
} finally {
  gateway.kill('SIGKILL');
  redis.kill('SIGKILL');
  await pause(200);
  rmSync(folder, { recursive: true, force: true });
}
