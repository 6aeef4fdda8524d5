// Runs programs as the containers of pods would be run, asks what their probes ask, has one last program do its work, and ends them all.
// Stands in a network and under a root of its own: see tools/charts/src/testing/side-by-side.ts, which also says what is in the plan.
//
// Usage: node side-by-side.mjs PLAN.json     what was seen is printed as JSON
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

const startedWithinMs = 60_000;
const askAgainMs = 100;
const stopMs = 30_000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function start({ name, command, env }) {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd: '/lumina', env, stdio: ['ignore', 'pipe', 'pipe'] });
  const started = { name, child, said: '', code: undefined };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => (started.said = `${started.said}${bytes}`.slice(-4_000)));
  started.gone = once(child, 'exit').then(([code, signal]) => (started.code = code ?? signal));
  return started;
}

/** The status of what is asked, once it is 200; else the last one. Not asked any longer when the program has gone. */
async function answer(url, program) {
  const deadline = performance.now() + startedWithinMs;
  let status = 'no answer';
  while (status !== 200 && program.code === undefined && performance.now() < deadline) {
    status = await fetch(url, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.status,
      () => 'no answer',
    );
    if (status !== 200) await pause(askAgainMs);
  }
  return status;
}

async function ask(program, { asks, metricsPort }) {
  const answers = {};
  for (const { path, port } of asks) {
    const url = `http://127.0.0.1:${port}${path}`;
    answers[`${port}${path}`] = await answer(url, program);
  }
  const metrics =
    metricsPort === undefined || program.code !== undefined
      ? ''
      : await fetch(`http://127.0.0.1:${metricsPort}/metrics`).then((response) => response.text());
  return { answers, metrics: [...metrics.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name) };
}

async function end(program) {
  if (program.code === undefined) program.child.kill('SIGTERM');
  await Promise.race([program.gone, pause(stopMs)]);
}

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const beside = plan.beside.map(start);
const programs = plan.programs.map(start);
const seen = await Promise.all(plan.programs.map((one, index) => ask(programs[index], one)));
const last = plan.last === undefined ? undefined : start(plan.last);
await last?.gone;
for (const program of programs) await end(program);
for (const program of beside) program.child.kill('SIGKILL');

const told = ({ name, code, said }) => ({ name, code, said });
const report = {
  programs: programs.map((one, index) => ({ ...told(one), ...seen[index] })),
  last: last && told(last),
};
process.stdout.write(JSON.stringify(report), () => process.exit(0));
