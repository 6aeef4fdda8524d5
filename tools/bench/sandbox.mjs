// What the sandbox costs for each call, against starting the same program plainly, and what a neighbour feels while a sandboxed
// program misbehaves. All in one run, so that the numbers can be compared.
//
// Usage: node tools/bench/sandbox.mjs [--runs N] [--overhead]     (default 200 runs; --overhead: without the neighbour; needs a build; exit 1 when the p50 overhead is over 15 ms)
import { spawn } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);
const { openSandbox, defaultLimits, sandboxTiers } = require(join(root, 'dist/libs/sandbox/src/index.js'));

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '200' }, overhead: { type: 'boolean', default: false } },
});
const runs = Number(values.runs);
const maxOverheadMs = 15;
const never = new AbortController().signal;

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
const summary = (samples) => {
  const sorted = samples.toSorted((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
};
const ms = (value) => `${value.toFixed(1)} ms`;

function plainly() {
  const startedAt = performance.now();
  return new Promise((done) => {
    const child = spawn('/usr/bin/echo', ['hello'], { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end();
    for (const stream of [child.stdout, child.stderr]) stream.resume();
    child.once('close', () => done(performance.now() - startedAt));
  });
}

async function confined(sandbox, workspace) {
  const startedAt = performance.now();
  const spec = { argv: ['/usr/bin/echo', 'hello'], workspace: { path: workspace }, limits: defaultLimits };
  const { end } = await sandbox.run(spec, never);
  if (end.kind !== 'exited' || end.exitCode !== 0) throw new Error(`echo: ${JSON.stringify(end)}`);
  return performance.now() - startedAt;
}

/** In turn, so that whatever else the machine does falls on all alike. */
async function overheads(sandboxes, workspace) {
  const samples = new Map([['plain', []], ...sandboxes.map(({ tier }) => [tier, []])]);
  for (let run = -10; run < runs; run += 1) {
    const taken = [['plain', await plainly()]];
    for (const sandbox of sandboxes) taken.push([sandbox.tier, await confined(sandbox, workspace)]);
    if (run >= 0) for (const [name, sample] of taken) samples.get(name).push(sample);
  }
  return samples;
}

const hogs = {
  'a fork bomb': ['/usr/bin/perl', '-e', 'while (1) { fork }'],
  'processor time': ['/usr/bin/perl', '-e', 'fork; fork; fork; 1 while 1'],
  memory: ['/usr/bin/perl', '-e', 'for (1 .. 40) { $k = "x" x 1e7; push @k, $k } 1 while 1'],
  disk: ['/usr/bin/perl', '-e', 'while (1) { open F, ">f"; print F "x" x 1e6 for 1 .. 50; close F }'],
  output: ['/usr/bin/perl', '-e', 'while (1) { print "x" x 4096; select undef, undef, undef, 0.002 }'],
};

/** A neighbour's small piece of work, again and again: 5 ms of arithmetic in a process of its own. */
const neighbourScript = `
const samples = []; const until = Date.now() + 4000;
const work = () => { const t = performance.now(); let x = 0; for (let i = 0; i < 3e6; i++) x += i % 7; samples.push(performance.now() - t);
  if (Date.now() < until) setTimeout(work, 5); else console.log(JSON.stringify(samples)); };
setTimeout(work, 300);`;

function neighbour() {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ['-e', neighbourScript], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.once('error', failed);
    child.once('close', () => done(JSON.parse(text)));
  });
}

async function neighbourBeside(sandbox, workspace, argv) {
  const limits = { ...defaultLimits, wallMs: 4_000 };
  const started = performance.now();
  const [samples, outcome] = await Promise.all([
    neighbour(),
    sandbox.run({ argv, workspace: { path: workspace }, limits }, never),
  ]);
  return { ...summary(samples), end: outcome.end, tookMs: outcome.durationMs ?? performance.now() - started };
}

const workspace = await realpath(await mkdtemp(join(tmpdir(), 'lumina-bench-')));
const sandboxes = [];
let isOver = false;
try {
  for (const tier of sandboxTiers) {
    const { sandbox, faults } = await openSandbox(tier);
    if (sandbox) sandboxes.push(sandbox);
    for (const { reason } of faults) console.log(`${tier}: not here: ${reason}`);
  }
  const samples = await overheads(sandboxes, workspace);
  const plain = summary(samples.get('plain'));
  console.log(`echo, ${runs} runs each      plain: p50 ${ms(plain.p50)}, p95 ${ms(plain.p95)}`);
  for (const { tier } of sandboxes) {
    const { p50, p95 } = summary(samples.get(tier));
    isOver ||= p50 - plain.p50 > maxOverheadMs;
    console.log(`  ${tier}: p50 ${ms(p50)}, p95 ${ms(p95)}; overhead p50 ${ms(p50 - plain.p50)}`);
  }
  for (const sandbox of values.overhead ? [] : sandboxes)
    for (const [name, argv] of Object.entries(hogs)) {
      const alone = summary(await neighbour());
      const { p50, p95, end, tookMs } = await neighbourBeside(sandbox, workspace, argv);
      const how = end.kind === 'limit' ? end.limit : end.kind;
      console.log(
        `a neighbour alone: p50 ${ms(alone.p50)}, p95 ${ms(alone.p95)}; beside ${name} in ${sandbox.tier}: p50 ${ms(p50)}, p95 ${ms(p95)}; that was ended by ${how} after ${ms(tookMs)}`,
      );
    }
} finally {
  for (const sandbox of sandboxes) await sandbox.close();
  await rm(workspace, { recursive: true, force: true });
}
if (isOver) {
  console.error(`the overhead is over ${maxOverheadMs} ms`);
  process.exitCode = 1;
}
