import { EventEmitter } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ThrowawaySentinels, eventually, startSentinels } from '@lumina/testing';
import { Redis } from 'ioredis';
import { type ConnectionPurpose, connectRedis, masterTrust } from './connection';
import { MasterWatch, masterWatch } from './master-watch';
import type { RedisTarget } from './target';

class FakeSocket extends EventEmitter {
  destroyed = false;

  constructor(
    readonly remoteAddress: string | undefined,
    readonly remotePort: number | undefined,
  ) {
    super();
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

describe('MasterWatch', () => {
  const group = { name: 'm', sentinels: [] };
  const old = '10.0.0.1';

  function guarding(...sockets: FakeSocket[]): MasterWatch {
    const watch = new MasterWatch(group);
    for (const socket of sockets) watch.guard(socket);
    return watch;
  }

  it('breaks what leads to another than the new master, and nothing else', () => {
    const stale = new FakeSocket(old, 6379);
    const samePort = new FakeSocket('10.0.0.9', 6379);
    const fresh = new FakeSocket('10.0.0.2', 6379);
    const mapped = new FakeSocket('::ffff:10.0.0.2', 6379);
    const unborn = new FakeSocket(undefined, undefined);
    guarding(stale, samePort, fresh, mapped, unborn).heard(
      's',
      '+switch-master',
      `m ${old} 6379 10.0.0.2 6379`,
    );
    expect([stale, samePort, fresh, mapped, unborn].map(({ destroyed }) => destroyed)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('hears of its own group alone', () => {
    const socket = new FakeSocket(old, 6379);
    const watch = guarding(socket);
    watch.heard('s', '+switch-master', `other ${old} 6379 10.0.0.2 6379`);
    watch.heard('s', '+try-failover', `master other ${old} 6379`);
    watch.heard('s', '+try-failover', `slave 10.0.0.3:6379 10.0.0.3 6379 @ m ${old} 6379`);
    expect([socket.destroyed, watch.isTrusted]).toEqual([false, true]);
  });

  it('doubts the master while any Sentinel tries to replace it', () => {
    const watch = guarding();
    watch.heard('a', '+try-failover', `master m ${old} 6379`);
    watch.heard('b', '+try-failover', `master m ${old} 6379`);
    watch.heard('a', '-failover-abort-not-elected', `master m ${old} 6379`);
    expect(watch.isTrusted).toBe(false);
    watch.heard('b', '-failover-abort-not-elected', `master m ${old} 6379`);
    expect(watch.isTrusted).toBe(true);
  });

  it('trusts the new master as soon as there is one', () => {
    const watch = guarding();
    watch.heard('a', '+try-failover', `master m ${old} 6379`);
    watch.heard('b', '+switch-master', `m ${old} 6379 10.0.0.2 6379`);
    expect(watch.isTrusted).toBe(true);
  });

  it('goes on doubting a new master that is to be replaced in its turn, though others announce it only now', () => {
    const watch = guarding();
    watch.heard('a', '+try-failover', `master m ${old} 6379`);
    watch.heard('a', '+switch-master', `m ${old} 6379 10.0.0.2 6379`);
    watch.heard('b', '+try-failover', 'master m 10.0.0.2 6379');
    watch.heard('c', '+switch-master', `m ${old} 6379 10.0.0.2 6379`);
    expect(watch.isTrusted).toBe(false);
    watch.heard('b', '+switch-master', 'm 10.0.0.2 6379 10.0.0.3 6379');
    expect(watch.isTrusted).toBe(true);
  });

  it.each([
    ['a failover is under way', 'master,failover_in_progress', false],
    ['it is down, and nobody does anything yet', 'master,s_down', true],
  ])('hears from a Sentinel that it finds only now whether %s', (_what, flags, isTrusted) => {
    const watch = guarding();
    watch.found('a', ['name', 'm', 'ip', old, 'port', '6379', 'flags', flags]);
    expect(watch.isTrusted).toBe(isTrusted);
    watch.heard('a', '+switch-master', `m ${old} 6379 10.0.0.2 6379`);
    expect(watch.isTrusted).toBe(true);
  });

  it('does not doubt for ever when the Sentinel that tried has died', () => {
    let nowMs = 0;
    const watch = new MasterWatch(group, () => nowMs);
    watch.heard('a', '+try-failover', `master m ${old} 6379`);
    nowMs = 9_999;
    expect(watch.isTrusted).toBe(false);
    nowMs = 10_000;
    expect(watch.isTrusted).toBe(true);
  });
});

describe('connections through real Sentinels', () => {
  let servers: ThrowawaySentinels;
  const open: Redis[] = [];

  beforeAll(async () => {
    servers = await startSentinels();
  });
  afterEach(() => {
    for (const redis of open.splice(0)) redis.disconnect();
  });
  afterAll(() => servers.stop());

  const target = (): RedisTarget => ({
    kind: 'sentinel',
    sentinels: servers.sentinels,
    master: servers.master,
    password: undefined,
    sentinelPassword: undefined,
  });

  async function connect(purpose: ConnectionPurpose): Promise<Redis> {
    const redis = connectRedis(target(), purpose, () => undefined);
    open.push(redis);
    await eventually('it is connected', () => redis.status === 'ready');
    return redis;
  }

  it('all leave a master that is replaced while it lives, and doubt it meanwhile', async () => {
    const isTrusted = masterTrust(target());
    const connections = await Promise.all([connect('write'), connect('read'), connect('block')]);
    const before = connections[0].stream.remotePort;
    expect(isTrusted()).toBe(true);
    const [first] = servers.sentinels;
    const sentinel = new Redis({ ...first, replyMapping: 'legacy' });
    let wasDoubted = false;
    const looking = setInterval(() => (wasDoubted ||= !isTrusted()), 5);
    // Until the watch has its ear at the Sentinels.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await sentinel.call('SENTINEL', 'FAILOVER', servers.master);
    await eventually('all have changed', () =>
      connections.every(({ status, stream }) => status === 'ready' && stream.remotePort !== before),
    );
    clearInterval(looking);
    sentinel.disconnect();
    expect(wasDoubted).toBe(true);
    expect(isTrusted()).toBe(true);
    expect(await connections[1].role()).toContain('master');
  });

  it('share one watch, which ends with the last of them', async () => {
    const { sentinels, master: name } = servers;
    const watch = masterWatch({ sentinels, name });
    const redis = await connect('read');
    expect(watch.isOpen).toBe(true);
    redis.disconnect();
    await eventually('nobody listens to the Sentinels', () => !watch.isOpen);
  });
});
