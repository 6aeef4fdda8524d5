// What the sandbox costs for each call, against starting the same program plainly; how soon a program that hoards is ended; and what a
// neighbour feels meanwhile. What is compared is measured in turns within one run. Prints one JSON object; `lumina bench sandbox`
// judges it. Needs a build.
//
// Usage: node tools/bench/sandbox.mjs [--rounds N] [--seconds N] [--runs N]
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(import.meta.url);
const built = resolve(dirname(here), '../../dist/libs/sandbox/src');
const require = createRequire(import.meta.url);
const { openSandbox, defaultLimits, sandboxTiers } = require(join(built, 'index.js'));
const { insideCgroup, pidsCgroups } = require(join(built, 'process/pids-cgroup.js'));

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    // How long a neighbour is watched, each time.
    seconds: { type: 'string', default: '4' },
    // Calls of each kind in a round.
    runs: { type: 'string', default: '60' },
    // Set by itself: it runs where the kernel counts its processes.
    guarded: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const windowMs = Number(values.seconds) * 1_000;
const runs = Number(values.runs);
const warmUpRuns = 5;
/** Of everything that this starts; far more than it needs, and far less than harms the machine. */
const maxProcesses = 1_000;
const never = new AbortController().signal;
const say = (text) => process.stderr.write(`${text}\n`);

const quantile = (samples, q) => {
  const sorted = samples.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
};

function plainly() {
  const startedAt = performance.now();
  return new Promise((done, failed) => {
    const child = spawn('/usr/bin/echo', ['hello'], { env: {}, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.end();
    for (const stream of [child.stdout, child.stderr]) stream.resume();
    child.once('error', failed);
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

/** One round, in turn, so that whatever else the machine does falls on all alike. Milliseconds, by tier and `plain`. */
async function overheadRound(sandboxes, workspace) {
  const samples = Object.fromEntries(
    ['plain', ...sandboxes.map(({ tier }) => tier)].map((name) => [name, []]),
  );
  for (let run = -warmUpRuns; run < runs; run += 1) {
    const taken = { plain: await plainly() };
    for (const sandbox of sandboxes) taken[sandbox.tier] = await confined(sandbox, workspace);
    if (run >= 0) for (const [name, ms] of Object.entries(taken)) samples[name].push(ms);
  }
  return Object.fromEntries(
    Object.entries(samples).map(([name, sample]) => [
      name,
      { p50Ms: quantile(sample, 0.5), p95Ms: quantile(sample, 0.95) },
    ]),
  );
}

const perl = (code) => ['/usr/bin/perl', '-e', code];
const hogs = {
  'processor time': perl('fork; fork; fork; 1 while 1'),
  memory: perl('while (1) { push @k, "x" x 1e6 }'),
  disk: perl('while (1) { open F, ">f"; print F "x" x 1e6 for 1 .. 50; close F }'),
  'a flood of output': perl('print "x" x 65536 while 1'),
  sleeping: perl('sleep 99'),
};
/** Only where the kernel counts: in the sandbox, as its self-test has shown, and around all of this. */
const bomb = { 'a fork bomb': perl('while (1) { fork }') };

/** A neighbour's small piece of work, again and again: some milliseconds of arithmetic in a process of its own. */
const neighbourScript = `
const samples = []; const until = performance.now() + Number(process.argv[1]);
const work = () => { const t = performance.now(); let x = 0; for (let i = 0; i < 3e6; i++) x += i % 7; samples.push(performance.now() - t);
  if (performance.now() < until) setTimeout(work, 5); else console.log(JSON.stringify(samples)); };
setTimeout(work, 300);`;

function neighbour() {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ['-e', neighbourScript, String(windowMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.once('error', failed);
    child.once('close', () => done(JSON.parse(text)));
  });
}

/** A tenant may call `shell` 300 times a minute, all its users together. */
const runEveryMs = 200;

/** Runs the hog again and again until the time is over, as models would that do not give up. */
async function hogged(sandbox, workspace, argv) {
  const until = performance.now() + windowMs;
  const ends = [];
  do {
    const limits = { ...defaultLimits, wallMs: Math.max(500, Math.ceil(until - performance.now())) };
    const { end, durationMs } = await sandbox.run({ argv, workspace: { path: workspace }, limits }, never);
    if (end.kind === 'not_started') throw new Error(end.reason);
    ends.push({ by: end.kind === 'limit' ? end.limit : end.kind, lateMs: durationMs - limits.wallMs });
    await new Promise((passed) => setTimeout(passed, Math.max(0, runEveryMs - durationMs)));
  } while (performance.now() < until);
  return ends;
}

async function hogRound(sandbox, workspace, argv) {
  const alone = await neighbour();
  const [beside, ends] = await Promise.all([neighbour(), hogged(sandbox, workspace, argv)]);
  return {
    aloneP95Ms: quantile(alone, 0.95),
    besideP95Ms: quantile(beside, 0.95),
    latestMs: Math.max(...ends.map(({ lateMs }) => lateMs)),
    endedBy: [...new Set(ends.map(({ by }) => by))],
  };
}

async function measured() {
  const workspace = await realpath(await mkdtemp(join(tmpdir(), 'lumina-bench-')));
  const sandboxes = [];
  const absent = {};
  try {
    for (const tier of sandboxTiers) {
      const { sandbox, faults } = await openSandbox(tier);
      if (sandbox) sandboxes.push(sandbox);
      for (const { reason } of faults) absent[tier] = reason;
    }
    const overhead = [];
    const beside = [];
    if (!values.guarded)
      absent['a fork bomb'] = 'the kernel counts no processes here (no pids cgroup can be made)';
    for (let round = 0; round < rounds; round += 1) {
      say(`round ${round + 1} of ${rounds}: what a call costs`);
      overhead.push(await overheadRound(sandboxes, workspace));
      for (const sandbox of sandboxes)
        for (const [name, argv] of Object.entries({ ...hogs, ...(values.guarded ? bomb : {}) })) {
          say(`round ${round + 1} of ${rounds}: ${name} in ${sandbox.tier}`);
          beside.push({ tier: sandbox.tier, hog: name, ...(await hogRound(sandbox, workspace, argv)) });
        }
    }
    return { overhead, beside, absent };
  } finally {
    for (const sandbox of sandboxes) await sandbox.close();
    await rm(workspace, { recursive: true, force: true });
  }
}

/** Everything once more in a group whose processes the kernel counts, where one can be made. */
async function inGroup() {
  const group = pidsCgroups(`lumina-bench-${randomUUID()}`)?.(maxProcesses);
  if (group === undefined) return undefined;
  const again = [process.execPath, here, ...process.argv.slice(2), '--guarded'];
  const [command, ...args] = insideCgroup(group, again);
  const child = spawn(command, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill('SIGTERM'));
  const code = await new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (status) => done(status ?? 1));
  });
  // What has ended leaves the group a moment later.
  for (let attempt = 0; attempt < 50; attempt += 1) {
    try {
      group.remove();
      break;
    } catch {
      await new Promise((passed) => setTimeout(passed, 20));
    }
  }
  return code;
}

const code = values.guarded ? undefined : await inGroup();
if (code === undefined) console.log(JSON.stringify(await measured()));
else process.exitCode = code;
