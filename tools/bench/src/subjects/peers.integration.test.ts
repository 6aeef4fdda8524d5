import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@lumina/testbed';
import { layOutFakePeers } from '../testing/fake-peer';
import { cpuByRole, pssByRole, rssByRole } from '../probes/process-probe';
import { type Peer, peersNamed, readPeers } from './peer-list';
import { PeerSubject } from './peer-subject';

const folder = mkdtempSync(join(tmpdir(), 'lumina-peers-'));
layOutFakePeers(folder);
const [plain, withRedis] = readPeers(folder) as [Peer, Peer];

async function started(peer: Peer): Promise<PeerSubject> {
  const plan = {
    peersFolder: folder,
    modelUrl: 'http://127.0.0.1:1',
    folder: join(folder, `data-${peer.name}`),
  };
  const subject = await PeerSubject.plan(peer, plan);
  await subject.start();
  return subject;
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a peer', () => {
  let subject: PeerSubject;
  beforeAll(async () => {
    subject = await started(plain);
  });
  afterAll(() => subject.stop());

  it('is told where everything is, and tells what it is', () => {
    expect(subject.about).toMatchObject({
      isDurable: false,
      versions: { fake: '1.0.0' },
      settings: { model: 'http://127.0.0.1:1/v1', dataDir: join(folder, 'data-plain/data') },
    });
  });

  it('answers a run, or is said not to have', async () => {
    await subject.ask('agent');
    await expect(subject.ask('agent4')).rejects.toThrow('500: {"error":"out of order"}');
    await expect(subject.ask('burst')).rejects.toThrow('an empty answer');
  });

  it('streams its words; a stream without an end counts as broken', async () => {
    const heard: string[] = [];
    const bytes = await subject.stream('stream', (text) => void heard.push(text));
    expect(heard).toEqual(['one ', 'two ', '"three"\n']);
    expect(bytes).toBeGreaterThan(40);
    await expect(subject.stream('chat', () => undefined)).rejects.toThrow('broke off');
  });

  it('is accounted for without the Redis that it does not use', () => {
    expect(subject.redis).toBeUndefined();
    expect(subject.watched.map(({ role }) => role)).toEqual(['node']);
    expect(cpuByRole(subject.watched)['node']).toBeGreaterThan(0);
    expect(rssByRole(subject.watched)['node']).toBeGreaterThan(10e6);
    expect(pssByRole(subject.watched)['node']).toBeLessThanOrEqual(rssByRole(subject.watched)['node'] ?? 0);
  });
});

describe('a peer that dies', () => {
  it('is said to be dead', async () => {
    const subject = await started({ ...plain, name: 'mortal' });
    expect(subject.dead).toEqual([]);
    process.kill(subject.watched[0]?.pid ?? 0, 'SIGKILL');
    await eventually('it is gone', async () => subject.dead.length === 1, 5_000);
    expect(subject.dead).toEqual(['mortal']);
    await subject.stop();
  });
});

describe('a peer that keeps its runs in Redis', () => {
  it('is accounted for with it, and stops with it', async () => {
    const subject = await started(withRedis);
    expect(subject.redis).toMatchObject({ host: '127.0.0.1' });
    expect(subject.watched.map(({ role }) => role)).toEqual(['node', 'redis']);
    const pids = subject.watched.map(({ pid }) => pid);
    await subject.stop();
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe('which peers', () => {
  it('are those that are named, or all', () => {
    const known = readPeers(folder);
    expect(peersNamed(known, 'all')).toHaveLength(2);
    expect(peersNamed(known, ['with-redis']).map(({ name }) => name)).toEqual(['with-redis']);
    expect(() => peersNamed(known, ['nobody'])).toThrow("no peer 'nobody'. There are: plain, with-redis");
  });
});
