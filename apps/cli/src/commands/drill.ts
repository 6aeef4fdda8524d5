import type { Command } from '../command-line/command';
import type { ExitCode } from '../command-line/refusal';
import type { Shell } from '../command-line/shell';
import { runToolProgram } from '../processes/tool-program';
import { ensureSystemPackages } from '../system-packages/ensure';

const usage = `Usage: lumina drill NAME [--short] [--seed N] [--rate N] [--times N] [--seconds N] [--from C] [--json] [--keep]

Starts a stack of its own (three Sentinels, a master, two replicas, every service twice), loads it, breaks it, and counts what
came of it. Exits with 1 when a promise is broken.

  kill-worker       orchestrators die at random moments (kill -9)
  kill-executor     executors die, with tool calls in their hands
  kill-gateway      gateways die
  redis-failover    the master dies and comes back as a replica, several times
  slow-failover     the same with the Sentinels away for a while: an outage that is longer than a lease
  planned-failover  a replica takes the master's place while the master lives
  redis-hang        the master hangs for 10 s, is replaced, and wakes up
  sentinels-down    all Sentinels are gone for 60 s, and every connection breaks meanwhile
  model-outage      every model is gone for 45 s, in the middle of answers; runs wait and go on by themselves
  partition         the master and one of each service are cut off (needs root and network namespaces)
  rolling-restart   every service is restarted in turn
  rollout           an old version gives way to the present build, back, and forth; then scale down, and a node that is drained
  region-loss       a region is gone with its disks, and another begins with its last snapshot; what was acknowledged before that ends
  crash-points      a process dies exactly at each of the places between the parts of its work
  cancel            runs are cancelled in every state; how long until it is heard
  budget            300 calls at once want a budget for 100, while orchestrators and the master die
  chaos             all of it, at random
  alerts            each cause brings its page, alone, in time, and it ends by itself (Prometheus and Alertmanager beside the stack)
  record            kills (202) and failovers (14) in one account, in about 20 minutes

  --short      a few disturbances instead of many
  --seed N     repeats the choices that chance made; printed by each drill
  --rate N     runs a second (default: 10)
  --times N    how often something is killed or replaced
  --seconds N  how long the disturbance lasts; --minutes N likewise
  --only WHAT          of the drill alerts one case alone, by what is broken (ops/alert-drills.yaml)
  --quiet-minutes N    of the drill alerts: break nothing, and see that nothing fires for so long, at --rate runs a second
  --from C     rollout: the commit that is the old version (default: HEAD~1)
  --images O,N rollout: tags of images of both versions instead; DOCKER_HOST says where
  --json       one JSON object on stdout instead of the table
  --keep       keep the data, the logs and the ledger, and say where

What each number means, and what is promised: docs/durability.md
`;

async function run(args: readonly string[], shell: Shell): Promise<ExitCode> {
  const monitoring = args.includes('alerts') ? (['promtool', 'amtool'] as const) : [];
  await ensureSystemPackages(['redis-server', ...monitoring], {
    progress: (text) => shell.err.write(`lumina: ${text}\n`),
  });
  return runToolProgram({ title: 'the drill', path: 'tools/drills/src/main.js', args }, shell);
}

export const command: Command = { usage, run };
