import { pause } from '@lumina/testbed';
import type { LoadContext, LoadDrill } from '../drill';

const successionMs = 20_000;
const wholeMs = 60_000;

/** Kills the master; when a replica has taken its place, it comes back as a replica. */
export const redisFailover: LoadDrill = {
  kind: 'load',
  bars: { firstAcknowledgementMs: 10_000, standstillMs: 10_000 },
  async disturb(context) {
    const failovers = context.options.isShort ? 2 : 4;
    for (let failover = 1; failover <= failovers && !context.signal.aborted; failover += 1)
      await killMaster(context);
  },
};

export async function killMaster({ stack, chance, disturbed, progress, signal }: LoadContext): Promise<void> {
  const master = await stack.group.master();
  disturbed(`kill of the master, ${master.process.name}`);
  master.process.signal('SIGKILL');
  await master.process.gone();
  const successor = await stack.group.succession(master, successionMs);
  progress(`${successor.process.name} is the master now`);
  await pause(chance.between(500, 2_000), signal);
  master.start(successor.address);
  await stack.group.whole(wholeMs);
  await pause(chance.between(2_000, 4_000), signal);
}
