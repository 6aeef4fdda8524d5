import type { Command } from '../command-line/command';
import type { ExitCode } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { runToolProgram } from '../processes/tool-program';
import { ensureSystemPackages } from '../system-packages/ensure';

const usage = `Usage: lumina bench [WORK…] [--durability local|replicated|both] [--peers [NAME,…]] [--rounds N] [--seconds N]
                    [--clients N] [--rate N] [--replicas N] [--json] [--out FILE] [--quick] [--strict] [--profile] [--keep]

Starts stacks of its own with a scripted model, and measures what a run takes: time, CPU and memory of every process,
and what Redis is asked. Without WORK: all but the last five.

  chat      one model call, in a closed loop
  agent     model → tool → model, in a closed loop
  agent4    model → four tools side by side → model, in a closed loop
  steps4    model → tool, four times in turn, → model, in a closed loop
  latency   chat and agent with one client: what is added to the model's own time
  counts    what one run asks of Redis and leaves there: counted, not timed
  stream    time to the first token; the gaps between 300 tokens at 50 a second
  burst     1,000 runs at once, while the model takes 5 s
  sustain   runs at a steady rate with four tool calls each: errors, and what is added at P95
  threads   what a run costs with 1, 1,000 and 100,000 threads in the store
  soak      runs at a steady rate for 30 minutes: does memory grow?
  telemetry stacks that differ in what they tell alone, in turn: nothing, metrics, logs beside, traces beside (agent, one durability)
  sandbox   what confining a program costs; fork bombs and their like, and what a neighbour feels of them
  models    what holding and settling money and checking answers add to a call; how soon a fallback is asked

  --durability  which Lumina: local (one Redis), replicated (three Sentinels, WAIT), or both (default)
  --peers       others at the same work, installed into tools/bench/peers when asked; alone: all of them
  --rounds N    measurements of each subject, in turn (default: 5)
  --seconds N   how long each lasts (default: 5)
  --clients N   clients of a closed loop, each waiting for its answer (default: 32)
  --rate N      runs a second of the open loop (default: 50)
  --replicas N  how many of each of Lumina's services (default: 1)
  --json        one JSON object on stdout instead of the tables
  --out FILE    where the results are kept (default: .lumina/bench/<time>.json)
  --quick       one short round each: to see that it works, not to compare
  --strict      exit with 1 when a bar is missed
  --profile     a CPU profile of each of Lumina's services, beside the results
  --keep        keep data and logs, and say where

How it is measured, and what was found: docs/performance.md
`;

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  await ensureSystemPackages(['redis-server'], {
    progress: (text) => shell.err.write(`lumina: ${text}\n`),
  });
  return runToolProgram({ title: 'the benchmark', path: 'tools/bench/src/main.js', args }, shell);
}

export const command: Command = { usage, run };
