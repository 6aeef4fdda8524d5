import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@lumina/testbed';
import { Pods } from './testing/pods';

jest.setTimeout(145_000);

const nodes = ['redis-0', 'redis-1', 'redis-2'] as const;
const sentinels = ['sentinel-0', 'sentinel-1', 'sentinel-2'] as const;

/** One group over all cases, each of which leaves it whole. */
describe('the scripts of charts/redis-sentinel, run for real', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lumina-pods-'));
  let pods: Pods;

  /** One master, both others in step, and all Sentinels of one mind. */
  async function whole(): Promise<string> {
    await eventually(
      'one master has two replicas',
      async () => {
        const [master, ...more] = await pods.masters();
        if (master === undefined || more.length > 0) return false;
        const info = (await pods.ask(master, 'INFO', 'replication')) ?? '';
        const named = await pods.named();
        const known = await pods.knownReplicas();
        return (
          [...info.matchAll(/^slave\d:.*state=online/gm)].length === 2 &&
          named.every((name) => name === master) &&
          known.every((count) => count === 2)
        );
      },
      45_000,
    );
    const [master = ''] = await pods.masters();
    return master;
  }

  /** Written, and acknowledged by so many replicas. */
  async function write(master: string, key: string, replicas: number): Promise<void> {
    expect(await pods.ask(master, 'SET', key, 'kept')).toBe('OK');
    await eventually(
      'it is replicated',
      async () => {
        await pods.ask(master, 'SET', `${key}:again`, 'kept');
        return Number(await pods.ask(master, 'WAIT', String(replicas), '1000')) >= replicas;
      },
      10_000,
    );
  }

  const othersThan = (master: string): readonly string[] => nodes.filter((name) => name !== master);

  beforeAll(() => {
    pods = new Pods(folder);
  });
  afterAll(async () => {
    await pods.kill(...nodes, ...sentinels);
    rmSync(folder, { recursive: true });
  });

  it('nobody leads before a majority of the Sentinels has spoken; then the first node does', async () => {
    pods.start('redis-0', 'redis-1', 'sentinel-0');
    await eventually('it says that it waits', async () => pods.log('redis-0').includes('(B1)'), 45_000);
    expect(await pods.masters()).toEqual([]);
    pods.start('sentinel-1', 'sentinel-2', 'redis-2');
    expect(await whole()).toBe('redis-0');
    expect(await pods.ask('redis-0', 'INFO', 'replication')).toContain('redis-1.pods');
  });

  it('a dead master is replaced, and follows when it comes back under another address', async () => {
    await write('redis-0', 'failover', 1);
    await pods.kill('redis-0');
    await eventually('another leads', async () => (await pods.masters()).length === 1, 45_000);
    pods.move('redis-0');
    pods.start('redis-0');
    const master = await whole();
    expect(master).not.toBe('redis-0');
    expect(await pods.ask('redis-0', 'GET', 'failover')).toBe('kept');
  });

  it('a master that starts again at once is silent until a replica was promoted', async () => {
    const old = await whole();
    await write(old, 'restart', 1);
    await pods.kill(old);
    pods.start(old);
    expect(await whole()).not.toBe(old);
    expect(pods.log(old)).toMatch(/silent until|starts as replica/);
    expect(await pods.ask(old, 'GET', 'restart')).toBe('kept');
  });

  it('two pods at once, the master among them: one master again, and nothing lost that both had acknowledged', async () => {
    const old = await whole();
    const [other = ''] = othersThan(old);
    await write(old, 'two', 2);
    await pods.kill(old, other);
    for (const pod of [old, other]) pods.move(pod);
    pods.start(old, other);
    const master = await whole();
    expect(await pods.ask(master, 'GET', 'two')).toBe('kept');
  });

  it('a master with an empty volume never leads over those that have data', async () => {
    const old = await whole();
    await write(old, 'empty', 2);
    await pods.kill(...nodes);
    pods.wipe(old);
    pods.start(old);
    await eventually('it says that it waits', async () => pods.log(old).includes('(B4)'), 45_000);
    expect(await pods.masters()).toEqual([]);
    pods.start(...othersThan(old));
    const master = await whole();
    expect(master).not.toBe(old);
    expect(await pods.ask(old, 'GET', 'empty')).toBe('kept');
  });

  it('a Sentinel that lost its memory, and one under another address, name the same master', async () => {
    const master = await whole();
    await pods.kill('sentinel-0', 'sentinel-1');
    pods.wipe('sentinel-0');
    for (const pod of ['sentinel-0', 'sentinel-1']) pods.move(pod);
    pods.start('sentinel-0', 'sentinel-1');
    expect(await whole()).toBe(master);
    await eventually(
      'each sees both others',
      async () => {
        const seen = await Promise.all(
          sentinels.map((pod) => pods.ask(pod, 'SENTINEL', 'ckquorum', 'lumina')),
        );
        return seen.every((text) => text?.startsWith('OK 3 usable') === true);
      },
      45_000,
    );
  });

  it('a master hands over before it ends', async () => {
    const old = await whole();
    await write(old, 'handover', 1);
    await pods.preStop(old);
    expect(await pods.masters()).not.toContain(old);
    const master = await whole();
    expect(await pods.ask(master, 'GET', 'handover')).toBe('kept');
  });

  it('a snapshot in an empty volume is what a new group begins with, and survives its next start', async () => {
    const old = await whole();
    await write(old, 'restored', 2);
    const snapshot = await pods.snapshot(old);
    await pods.kill(...nodes, ...sentinels);
    for (const pod of [...nodes, ...sentinels]) pods.wipe(pod);
    pods.restore('redis-0', snapshot);
    pods.start(...nodes, ...sentinels);
    expect(await whole()).toBe('redis-0');
    for (const pod of nodes) expect(await pods.ask(pod, 'GET', 'restored')).toBe('kept');
    await write('redis-0', 'since', 2);
    await pods.kill(...nodes);
    pods.start(...nodes);
    const master = await whole();
    expect(await pods.ask(master, 'GET', 'restored')).toBe('kept');
    expect(await pods.ask(master, 'GET', 'since')).toBe('kept');
  });

  it('a snapshot that cannot be read is no reason to begin empty', async () => {
    await pods.kill(...nodes, ...sentinels);
    for (const pod of [...nodes, ...sentinels]) pods.wipe(pod);
    const spoilt = join(folder, 'spoilt.rdb');
    writeFileSync(spoilt, 'REDIS0011 and then nothing that is one');
    pods.restore('redis-0', spoilt);
    pods.start('redis-0', ...sentinels);
    await eventually(
      'it says why',
      async () => pods.log('redis-0').includes('cannot read the snapshot'),
      45_000,
    );
    expect(await pods.masters()).toEqual([]);
    pods.wipe('redis-0');
    await pods.kill(...sentinels);
    for (const pod of sentinels) pods.wipe(pod);
    pods.start(...nodes, ...sentinels);
    await whole();
  });

  it('asks for passwords', async () => {
    const texts = nodes.map((pod) => pods.log(pod));
    expect(texts.join('')).not.toContain('one-password');
    expect(await pods.askWithout('redis-0')).toContain('NOAUTH');
    expect(await pods.askWithout('sentinel-0')).toContain('NOAUTH');
  });
});
