import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseSettings, redisSettings } from '@lumina/platform';
import { LeaseKeeper, type OverdueItem, StoreAccess, storeSettings } from '@lumina/store';
import { type TcpProxy, type ThrowawayRedis, eventually, startRedis, startTcpProxy } from '@lumina/testing';
import { accept } from '../testing/bench';
import { Sweeper } from './sweeper';

const leaseMs = 2_000;
const outageMs = 2_500;
const item = { run: 'r1', item: 'step:1' };

/** Redis dies and comes back from its disk; the holder's connection stands a while after the sweeper's does. */
describe('after an outage of Redis', () => {
  let directory: string;
  let redis: ThrowawayRedis;
  let proxy: TcpProxy;
  let holder: StoreAccess;
  let sweeping: StoreAccess;
  let sweeper: Sweeper;
  let keeper: LeaseKeeper;
  const swept: OverdueItem[] = [];

  const serve = (port?: number): Promise<ThrowawayRedis> =>
    startRedis(['--dir', directory, '--appendonly', 'yes', '--appendfsync', 'always'], port);

  const access = (port: number): StoreAccess => {
    const env = { LUMINA_REDIS_URL: `redis://127.0.0.1:${port}/0`, LUMINA_LEASE: `${leaseMs}ms` };
    return new StoreAccess(parseSettings({ ...redisSettings, ...storeSettings }, env), () => undefined);
  };

  const snapshot = async () => (await sweeping.store.run('r1'))?.items[0];

  /** Takes what is rung for at once, as another worker would. */
  async function takeOver(items: readonly OverdueItem[]): Promise<void> {
    swept.push(...items);
    for (const one of items) await sweeping.store.claim(one, 'another', 60_000);
  }

  async function outage(): Promise<void> {
    await redis.stop();
    proxy.hang();
    await new Promise((resolve) => setTimeout(resolve, outageMs));
    redis = await serve(redis.port);
    await eventually('the sweeper is back', () => sweeping.fault() === undefined);
    // So long that whoever sweeps has swept, several times.
    await new Promise((resolve) => setTimeout(resolve, 300));
    proxy.resume();
  }

  beforeEach(async () => {
    swept.length = 0;
    directory = await mkdtemp(join(tmpdir(), 'lumina-outage-'));
    redis = await serve();
    proxy = await startTcpProxy(redis.port);
    holder = access(proxy.port);
    sweeping = access(redis.port);
    await accept(sweeping.store, { run: 'r1' });
    const outcome = await holder.store.claim(item, 'holder', leaseMs);
    if (outcome.kind !== 'claimed') throw new Error('not claimed');
    keeper = new LeaseKeeper(holder.store, outcome.claimed.lease, holder.leaseTimes);
    sweeper = new Sweeper({
      store: sweeping.store,
      ringer: { queueUp: (items) => takeOver(items as readonly OverdueItem[]) },
      everyMs: 50,
      leaseMs,
      onSwept: () => undefined,
      onError: () => undefined,
    });
    sweeper.start();
    // It must have swept before: only then can it tell an outage.
    await eventually('it sweeps', () => sweeping.read.exists('lum:{s0}:sweeps').then((count) => count === 1));
  });
  afterEach(async () => {
    await keeper.finish();
    await sweeper.stop();
    holder.close();
    sweeping.close();
    await proxy.stop();
    await redis.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('the holder that lived through it keeps its work', async () => {
    const before = (await snapshot())?.leaseUntilMs ?? 0;
    await outage();
    await eventually('it has renewed twice', async () => {
      const until = (await snapshot())?.leaseUntilMs ?? 0;
      return until > before + outageMs + 2 * holder.leaseTimes.renewEveryMs + leaseMs;
    });
    expect(swept).toEqual([]);
    expect(await snapshot()).toMatchObject({ epoch: 1, owner: 'holder' });
    expect(keeper.isLost).toBe(false);
  });

  it('the holder that died in it is replaced a lease later', async () => {
    await keeper.finish();
    await outage();
    await eventually('another has it', async () => (await snapshot())?.owner === 'another');
    expect(swept).toMatchObject([{ ...item, cause: 'lease' }]);
  });
});
