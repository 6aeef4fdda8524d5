import { pause } from '@lumina/testbed';
import type { Bars, LoadContext, LoadDrill } from '../drill';

const successionMs = 20_000;
const wholeMs = 60_000;
/** With the election this makes an outage of about 6 s: longer than a lease, and not so long that anybody gives up. */
const sentinelsAwayMs = 2_500;

function failovers(bars: Bars, awayMs: number): LoadDrill {
  return {
    kind: 'load',
    bars: { firstAcknowledgementMs: 10_000, standstillMs: 10_000, ...bars },
    async disturb(context) {
      const times = context.options.times ?? (context.options.isShort ? 2 : 4);
      for (let failover = 1; failover <= times && !context.signal.aborted; failover += 1)
        await killMaster(context, awayMs);
    },
  };
}

/** Kills the master; when a replica has taken its place, it comes back as a replica. */
export const redisFailover = failovers({}, 0);

/** The same while the Sentinels are away for a while. Whoever holds work through it is alive, and nobody should take it over. */
export const slowFailover = failovers({ hasNoUnknown: true }, sentinelsAwayMs);

export async function killMaster(context: LoadContext, awayMs = 0): Promise<void> {
  const { stack, chance, disturbed, progress, signal } = context;
  const master = await stack.group.master();
  disturbed(`kill of the master, ${master.process.name}`);
  master.process.signal('SIGKILL');
  if (awayMs > 0) await withoutSentinels(context, awayMs);
  await master.process.gone();
  const successor = await stack.group.succession(master, successionMs);
  progress(`${successor.process.name} is the master now`);
  await pause(chance.between(500, 2_000), signal);
  master.start(successor.address);
  await stack.group.whole(wholeMs);
  await pause(chance.between(2_000, 4_000), signal);
}

async function withoutSentinels({ stack, progress, signal }: LoadContext, awayMs: number): Promise<void> {
  progress(`all Sentinels stop for ${awayMs / 1_000} s`);
  await Promise.all(stack.group.sentinels.map((sentinel) => sentinel.stop('SIGKILL', 1_000)));
  await pause(awayMs, signal);
  for (const sentinel of stack.group.sentinels) sentinel.start();
}
