import { eventually, pause } from '@lumina/testbed';
import { effectsByKey } from './accounts/ledger';
import type { Disturbance } from './accounts/recovery';
import { type Tally, pausesOfRuns, tally } from './accounts/tally';
import type { DrillContext, LoadDrill } from './drill';
import { effectTool } from './effect-tool';
import { GatewayClient, type RunRecord } from './load/gateway-client';
import { OpenLoad } from './load/open-load';
import { tasks } from './stack/drill-files';
import { DrillStack } from './stack/drill-stack';
import { loopback } from './stack/terrain';

const warmUpMs = 2_000;
const afterwardsMs = 3_000;
/** From the last creation until a run that has not ended counts as lost. */
const quietMs = 90_000;
const restartAfterMs = 1_000;
const readersAtOnce = 8;
/** One run in five outlives a lease: what happens to work that is held through an outage shows there. */
const works = [
  ...Array.from({ length: 4 }, () => ({ task: tasks.usual, isLong: false })),
  { task: tasks.long, isLong: true },
];

export interface LoadOutcome {
  readonly found: Tally;
  /** How long each disturbed run stood still, ms. */
  readonly pausesMs: readonly number[];
  /** Broken promises that the counts do not show. */
  readonly broken: readonly string[];
}

/** Starts a stack, loads it, has the drill disturb it, waits until it is quiet, and counts. */
export async function runUnderLoad(drill: LoadDrill, context: DrillContext): Promise<LoadOutcome> {
  const { folder, options, progress, signal } = context;
  const terrain = await (drill.terrain ?? loopback)(signal);
  const release = await drill.release?.(context);
  const stack = await DrillStack.plan(folder, {
    ...{ replicas: 2, restartAfterMs, terrain },
    ...(release === undefined ? {} : { release }),
  });
  const gateways = new GatewayClient(stack.gatewayUrls, stack.apiKey);
  const load = new OpenLoad(gateways, works, options.rate);
  const disturbances: Disturbance[] = [];
  const broken: string[] = [];
  const onAbort = (): void => load.leave();
  signal.addEventListener('abort', onAbort);
  try {
    progress('starting three Sentinels, a master, two replicas, and every service twice');
    await stack.start();
    load.start();
    await pause(warmUpMs, signal);
    const disturbed = (what: string): void => {
      progress(what);
      disturbances.push({ what, atMs: Date.now() });
    };
    await drill.disturb({ ...context, stack, disturbed, broke: (what) => void broken.push(what) });
    await pause(afterwardsMs, signal);
    load.stop();
    progress(`${load.clients.length} runs were asked for; waiting until the last has ended`);
    await load.quiet(quietMs);
    signal.throwIfAborted();
    await stack.ready();
    const records = await recordsOf(load, gateways);
    const effects = effectsByKey(folder.ledger, effectTool);
    const evidence = { clients: load.clients, records, effects, disturbances };
    return { found: tally(evidence), pausesMs: pausesOfRuns(evidence).flat(), broken };
  } finally {
    load.leave();
    signal.removeEventListener('abort', onAbort);
    await (signal.aborted ? stack.kill() : stack.stop());
    await terrain.clear();
  }
}

/** What the store says about each acknowledged run. */
async function recordsOf(
  { clients }: OpenLoad,
  gateways: GatewayClient,
): Promise<ReadonlyMap<string, RunRecord>> {
  const records = new Map<string, RunRecord>();
  const waiting = clients.flatMap(({ acknowledged }) => (acknowledged === undefined ? [] : [acknowledged]));
  const read = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { run, thread } = next;
      await eventually(
        `the store says what became of ${run}`,
        async () => {
          const record = await gateways.record(run, thread);
          if (record !== undefined) records.set(run, record);
          return true;
        },
        20_000,
      );
    }
  };
  await Promise.all(Array.from({ length: readersAtOnce }, read));
  return records;
}
