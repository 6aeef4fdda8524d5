import { pause } from '@lumina/testbed';
import type { LoadContext, LoadDrill } from '../drill';
import { CannotDrill } from '../cannot-drill';
import { type Divided, cannotDivide, divide } from '../stack/namespaces';

const longSeconds = 20;
const shortSeconds = 8;
const wholeMs = 60_000;

/** The master, one Sentinel and one of each service are cut off from the rest; clients reach both sides. */
export function partition(): LoadDrill {
  let terrain: Divided | undefined;
  return {
    kind: 'load',
    bars: { firstAcknowledgementMs: 10_000, standstillMs: 10_000 },
    terrain: async () => {
      const obstacle = await cannotDivide();
      if (obstacle !== undefined) throw new CannotDrill(`partition cannot be drilled: ${obstacle}`);
      terrain = await divide();
      return terrain;
    },
    async disturb(context: LoadContext) {
      const { stack, options, disturbed, progress, signal } = context;
      const cutMs = (options.seconds ?? (options.isShort ? shortSeconds : longSeconds)) * 1_000;
      disturbed(`the master and one of each service are cut off for ${cutMs / 1_000} s`);
      await terrain?.cut();
      await pause(cutMs, signal);
      await terrain?.heal();
      progress('the two sides see each other again');
      await stack.group.whole(wholeMs);
      await pause(3_000, signal);
    },
  };
}
