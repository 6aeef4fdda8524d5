import { pause } from '@lumina/testbed';
import type { LoadContext, LoadDrill } from '../drill';

const wholeMs = 60_000;
const longMs = 10_000;

/** The master hangs without closing a connection, is replaced, and wakes up believing that nothing has happened. */
export const redisHang: LoadDrill = {
  kind: 'load',
  bars: { firstAcknowledgementMs: 10_000, standstillMs: 10_000 },
  async disturb(context) {
    const { options } = context;
    const hangs = options.times ?? (options.isShort ? 1 : 2);
    const hangMs = (options.seconds ?? longMs / 1_000) * 1_000;
    for (let hang = 1; hang <= hangs && !context.signal.aborted; hang += 1) await hangMaster(context, hangMs);
  },
};

export async function hangMaster(context: LoadContext, hangMs: number): Promise<void> {
  const { stack, disturbed, progress, signal } = context;
  const master = await stack.group.master();
  disturbed(`${master.process.name}, the master, hangs for ${hangMs / 1_000} s`);
  master.process.signal('SIGSTOP');
  try {
    await pause(hangMs, signal);
  } finally {
    master.process.signal('SIGCONT');
  }
  progress(`${master.process.name} goes on`);
  await stack.group.whole(wholeMs);
  await pause(2_000, signal);
}
