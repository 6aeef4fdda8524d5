import { masterName, pause, redisCommand } from '@lumina/testbed';
import type { LoadContext, LoadDrill } from '../drill';

const successionMs = 20_000;
const wholeMs = 60_000;

/**
 * A Sentinel is told to put a replica in the master's place, as before maintenance. The old master is alive and does not know it yet:
 * for a second it takes writes, and the other replica confirms them, that the new master never gets.
 */
export const plannedFailover: LoadDrill = {
  kind: 'load',
  bars: { firstAcknowledgementMs: 10_000, standstillMs: 10_000 },
  async disturb(context) {
    const failovers = context.options.times ?? (context.options.isShort ? 2 : 6);
    for (let failover = 1; failover <= failovers && !context.signal.aborted; failover += 1)
      await replaceMaster(context);
  },
};

export async function replaceMaster({
  stack,
  chance,
  disturbed,
  progress,
  signal,
}: LoadContext): Promise<void> {
  const master = await stack.group.master();
  disturbed(`${master.process.name}, the master, is to be replaced while it lives`);
  await redisCommand(chance.pick(stack.group.sentinelAddresses), 'SENTINEL', 'FAILOVER', masterName);
  const successor = await stack.group.succession(master, successionMs);
  progress(`${successor.process.name} is the master now`);
  await stack.group.whole(wholeMs);
  await pause(chance.between(1_000, 3_000), signal);
}
