import { pause } from '@lumina/testbed';
import type { LoadContext, LoadDrill } from '../drill';
import { replaceMaster } from './planned-failover';
import { killMaster } from './redis-failover';
import { hangMaster } from './redis-hang';

const longSeconds = 120;
const shortSeconds = 30;
const sentinelsAwayMs = 5_000;
const wholeMs = 60_000;

type Mishap = (context: LoadContext) => Promise<void>;

async function killService({ stack, chance, disturbed }: LoadContext): Promise<void> {
  const victim = chance.pick(stack.allServices.filter(({ isAlive }) => isAlive));
  disturbed(`kill of ${victim.name}`);
  victim.signal('SIGKILL');
}

async function endService({ stack, chance, disturbed }: LoadContext): Promise<void> {
  const chosen = chance.pick(stack.allServices.filter(({ isAlive }) => isAlive));
  disturbed(`SIGTERM to ${chosen.name}`);
  chosen.signal('SIGTERM');
}

async function stopSentinels({ stack, disturbed, signal }: LoadContext): Promise<void> {
  disturbed(`all Sentinels stop for ${sentinelsAwayMs / 1_000} s`);
  await Promise.all(stack.group.sentinels.map((sentinel) => sentinel.stop('SIGKILL', 1_000)));
  await pause(sentinelsAwayMs, signal);
  for (const sentinel of stack.group.sentinels) sentinel.start();
  await stack.group.whole(wholeMs);
}

/** As often as they stand here. */
const mishaps: readonly Mishap[] = [
  killService,
  killService,
  killService,
  killService,
  endService,
  (context) => killMaster(context),
  replaceMaster,
  (context) => hangMaster(context, context.chance.between(2_000, 8_000)),
  stopSentinels,
];

/** Everything, at random, in the order that the seed gives. */
export const chaos: LoadDrill = {
  kind: 'load',
  bars: {},
  async disturb(context) {
    const { options, chance, signal } = context;
    const seconds = options.seconds ?? (options.isShort ? shortSeconds : longSeconds);
    const endMs = Date.now() + seconds * 1_000;
    while (Date.now() < endMs && !signal.aborted) {
      await chance.pick(mishaps)(context);
      await pause(chance.between(500, 4_000), signal);
    }
  },
};
