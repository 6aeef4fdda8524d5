import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from '../command-line/command';
import { type ExitCode, Refusal, exitCodes } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { builtPrograms } from '../data/repository';
import { ensureSystemPackages } from '../system-packages/ensure';

const usage = `Usage: lumina drill NAME [--short] [--seed N] [--rate N] [--seconds N] [--json] [--keep]

Starts a stack of its own (three Sentinels, a master, two replicas, every service twice), loads it, breaks it, and counts what
came of it. Exits with 1 when a promise is broken.

  kill-worker       orchestrators die at random moments (kill -9)
  kill-executor     executors die, with tool calls in their hands
  kill-gateway      gateways die
  redis-failover    the master dies and comes back as a replica, several times
  planned-failover  a replica takes the master's place while the master lives
  redis-hang        the master hangs for 10 s, is replaced, and wakes up
  sentinels-down    all Sentinels are gone for 60 s, and every connection breaks meanwhile
  partition         the master and one of each service are cut off (needs root and network namespaces)
  rolling-restart   every service is restarted in turn
  crash-points      a process dies exactly at each of the places between the parts of its work
  chaos             all of it, at random

  --short      a few disturbances instead of many
  --seed N     repeats the choices that chance made; printed by each drill
  --rate N     runs a second (default: 10)
  --seconds N  how long the disturbance lasts; --minutes N likewise
  --json       one JSON object on stdout instead of the table
  --keep       keep the data, the logs and the ledger, and say where

What each number means, and what is promised: docs/durability.md
`;

const knownCodes: readonly number[] = Object.values(exitCodes);
const isExitCode = (code: number | null): code is ExitCode => code !== null && knownCodes.includes(code);

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  await ensureSystemPackages(['redis-server'], {
    progress: (text) => shell.err.write(`lumina: ${text}\n`),
  });
  // With the channel the drill notices when this process is gone, and cleans up.
  const child = spawn(process.execPath, [join(builtPrograms, 'tools/drills/src/main.js'), ...args], {
    cwd: shell.cwd,
    env: { ...shell.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => shell.out.write(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => shell.err.write(text));
  const stopListening = shell.onInterrupt((signal) => child.kill(signal));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (isExitCode(code)) return code;
    throw new Refusal(`the drill ended without a verdict (${String(code ?? 'killed')})`);
  } finally {
    stopListening();
  }
}

export const command: Command = { usage, run };
