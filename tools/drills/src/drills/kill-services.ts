import { pause } from '@lumina/testbed';
import type { Bars, LoadContext, LoadDrill, Role } from '../drill';

interface Killing {
  readonly kills: number;
  /** Least and most time between two kills. */
  readonly gapMs: readonly [number, number];
}

const long: Killing = { kills: 20, gapMs: [3_500, 6_000] };
const short: Killing = { kills: 5, gapMs: [3_500, 5_500] };

/** Kills processes of one role, kill −9, at random moments; each is started again a second later. */
export function killServices(role: Role, bars: Bars): LoadDrill {
  return {
    kind: 'load',
    bars,
    async disturb(context: LoadContext): Promise<void> {
      const { stack, chance, options, disturbed, signal } = context;
      const { kills: usual, gapMs } = options.isShort ? short : long;
      const kills = options.times ?? usual;
      const endMs = options.seconds === undefined ? Infinity : Date.now() + options.seconds * 1_000;
      for (
        let kill = 1;
        !signal.aborted && (options.seconds === undefined ? kill <= kills : Date.now() < endMs);
        kill += 1
      ) {
        const alive = stack.services[role].filter(({ isAlive }) => isAlive);
        const victim = chance.pick(alive);
        disturbed(`kill ${kill}: ${victim.name}`);
        victim.signal('SIGKILL');
        await pause(chance.between(...gapMs), signal);
      }
    },
  };
}
