// Proves the peers: node tools/bench/peers/check.mjs [NAME…] [--seconds N]
//
// Each peer does each of its works twice against the simulated model; answers and model calls are compared with what they must
// be. With --seconds, 32 clients then ask for `agent` that long. A peer that is not installed is said to be, and is a fault
// only when it was named.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { takeAGlance } from './check/glance.mjs';
import { checkWork } from './check/works.mjs';
import { named } from './named.mjs';
import { freePort, launch, lineOf, stop } from './processes.mjs';

const here = import.meta.dirname;
const root = resolve(here, '../../..');
const stopWithinMs = 5000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '0' } },
});
const peers = named(positionals);
execFileSync(process.execPath, [join(root, 'tools/build/build.mjs'), 'tools/model-sim'], {
  stdio: 'inherit',
});
const folder = mkdtempSync(join(tmpdir(), 'bench-peers-'));
const model = launch(process.execPath, [
  join(root, 'dist/tools/model-sim/src/main.js'),
  '--scenario',
  join(here, '../scenarios.yaml'),
]);
const rows = {};
try {
  const line = await lineOf(model, (text) => text.includes('listening on'));
  const [modelUrl] = /http:\S+/.exec(line);
  for (const peer of peers) rows[peer.name] = await checkPeer(peer, modelUrl);
} finally {
  await stop(model);
  rmSync(folder, { recursive: true });
}
console.table(rows);
const faulty = (row) => row.faults > 0 || (row.faults === 'not installed' && positionals.length > 0);
process.exitCode = Object.values(rows).some(faulty) ? 1 : 0;

async function checkPeer({ name, main, works }, modelUrl) {
  if (!existsSync(join(here, dirname(main), 'node_modules'))) {
    console.error(`${name} is not installed: node tools/bench/peers/install.mjs ${name}`);
    return { faults: 'not installed' };
  }
  const redis = await startRedis(join(folder, `${name}-redis`));
  let peer;
  try {
    peer = await startPeer({ main, modelUrl, redisUrl: redis.url, dataDir: join(folder, name) });
    const faults = [];
    for (const work of works.flatMap((each) => [each, each]))
      faults.push(...(await checkWork({ url: peer.url, modelUrl, work })));
    const glance = values.seconds === '0' ? {} : await takeAGlance(peer, Number(values.seconds));
    faults.push(...(await faultsOfStopping(peer, redis.child.pid)));
    for (const fault of faults) console.error(`${name}: ${fault}`);
    return { faults: faults.length, ...glance };
  } catch (error) {
    console.error(`${name}: ${error.stack}`);
    return { faults: 1 };
  } finally {
    if (peer !== undefined) await stop(peer.child);
    await stop(redis.child);
  }
}

async function faultsOfStopping({ child, pids }, redisPid) {
  const beganMs = performance.now();
  await stop(child);
  const tookMs = Math.round(performance.now() - beganMs);
  const left = pids.filter((pid) => pid !== redisPid && existsSync(`/proc/${pid}`));
  return [
    ...(tookMs > stopWithinMs ? [`took ${tookMs} ms to stop`] : []),
    ...(child.exitCode === 0 ? [] : [`stopped with ${child.exitCode ?? child.signalCode}, not 0`]),
    ...left.map((pid) => `its process ${pid} runs on`),
  ];
}

async function startRedis(dir) {
  mkdirSync(dir);
  const port = String(await freePort());
  const listen = ['--port', port, '--bind', '127.0.0.1', '--dir', dir];
  const keep = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'];
  const child = launch('redis-server', [...listen, ...keep]);
  await lineOf(child, (text) => text.includes('Ready to accept connections'));
  return { child, url: `redis://127.0.0.1:${port}` };
}

async function startPeer({ main, modelUrl, redisUrl, dataDir }) {
  mkdirSync(dataDir);
  const port = String(await freePort());
  const env = { PORT: port, MODEL_BASE_URL: `${modelUrl}/v1`, REDIS_URL: redisUrl, DATA_DIR: dataDir };
  const child = launch(process.execPath, [join(here, main)], { env });
  try {
    const { url, pids, versions } = JSON.parse(
      await lineOf(child, (line) => line.startsWith('{"ready":true')),
    );
    console.log(`${main}: ${JSON.stringify(versions)}`);
    return { child, url, pids };
  } catch (error) {
    await stop(child);
    throw error;
  }
}
