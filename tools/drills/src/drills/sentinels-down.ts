import { pause, redisCommand } from '@lumina/testbed';
import type { LoadContext, LoadDrill } from '../drill';

const longSeconds = 60;
const shortSeconds = 15;

/**
 * All Sentinels are gone. Connections that stand go on; to make it hard, the master then closes every one of them, and an orchestrator
 * and an executor are killed, so that nobody can find the master until the Sentinels are back. After that everything must go on by itself.
 */
export const sentinelsDown: LoadDrill = {
  kind: 'load',
  bars: { firstAcknowledgementMs: 10_000, standstillMs: 10_000 },
  async disturb(context) {
    const { stack, options, disturbed, progress, signal } = context;
    const outageMs = (options.seconds ?? (options.isShort ? shortSeconds : longSeconds)) * 1_000;
    progress(`all Sentinels stop for ${outageMs / 1_000} s`);
    await Promise.all(stack.group.sentinels.map((sentinel) => sentinel.stop('SIGKILL', 1_000)));
    await pause(outageMs / 4, signal);
    await breakConnections(context);
    await pause((outageMs * 3) / 4, signal);
    for (const sentinel of stack.group.sentinels) sentinel.start();
    disturbed('the Sentinels are back');
    await Promise.all(stack.group.sentinels.map((sentinel) => sentinel.ready()));
    await pause(12_000, signal);
  },
};

async function breakConnections({ stack, chance, progress }: LoadContext): Promise<void> {
  const [master] = stack.group.nodes;
  if (master === undefined) return;
  for (const role of ['agent-orchestrator', 'tool-executor'] as const) {
    const victim = chance.pick(stack.services[role]);
    progress(`kill of ${victim.name}, which cannot find the master when it comes back`);
    victim.signal('SIGKILL');
  }
  const closed = await redisCommand(master.address, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  progress(`the master closes its ${String(closed)} connections`);
}
