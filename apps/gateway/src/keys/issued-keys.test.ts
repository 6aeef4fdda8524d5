import { beforeEach, describe, expect, it } from '@jest/globals';
import { LuminaError } from '@lumina/contracts';
import type { KeyPutOutcome, KeyRecord, KeyRecords } from '@lumina/store';
import type { Caller, Scope } from '../auth/api-keys';
import { IssuedKeys, type KeyRequest } from './issued-keys';
import { isIssuedForm, keyDigest, newKey } from './key-format';

/** As much of the records as these tests need, in memory, with their reads and writes counted. */
class MemoryRecords {
  readonly records = new Map<string, KeyRecord>();
  reads = 0;
  uses = 0;
  fault: Error | undefined;

  async put(record: KeyRecord, maxLive: number): Promise<KeyPutOutcome> {
    const live = [...this.records.values()].filter(
      ({ name, revokedMs, expiresMs = Infinity }) =>
        name === record.name && revokedMs === undefined && expiresMs > record.createdMs,
    );
    if (live.length >= maxLive) return { kind: 'limit', live: live.map(({ id }) => id) };
    this.records.set(record.digest, record);
    return { kind: 'kept' };
  }
  async find(digest: string): Promise<KeyRecord | undefined> {
    this.reads += 1;
    if (this.fault !== undefined) throw this.fault;
    return this.records.get(digest);
  }
  async list(tenant: string): Promise<readonly KeyRecord[]> {
    return [...this.records.values()].filter((record) => record.tenant === tenant);
  }
  async revoke(tenant: string, id: string, revokedMs: number): Promise<boolean> {
    const record = [...this.records.values()].find((one) => one.tenant === tenant && one.id === id);
    if (record !== undefined) this.records.set(record.digest, { ...record, revokedMs });
    return record !== undefined;
  }
  async used(): Promise<void> {
    this.uses += 1;
  }
}

const admin: Caller = { name: 'key:admin', tenant: 'acme', scopes: new Set<Scope>(['runs:read', 'admin']) };
const request: KeyRequest = {
  ...{ name: 'ci', tenant: 'acme', scopes: ['runs:read'], environment: 'live', expiresMs: undefined },
};

describe('issued keys', () => {
  let records: MemoryRecords;
  let nowMs: number;
  let pepper: string | undefined;

  const gateway = (): IssuedKeys =>
    new IssuedKeys(records as unknown as KeyRecords, {
      ...{ pepper: () => pepper, rememberMs: 10_000, nowMs: () => nowMs, onError: () => undefined },
    });

  beforeEach(() => {
    records = new MemoryRecords();
    nowMs = 1_000_000;
    pepper = 'pepper';
  });

  const refused = async (act: Promise<unknown>): Promise<string> =>
    act.then(
      () => 'nothing',
      (error: unknown) => (error instanceof LuminaError ? error.code : String(error)),
    );

  it('open what they were made for, and only their HMAC is kept', async () => {
    const keys = gateway();
    const { key, record } = await keys.issue(request, admin);
    expect(await keys.find(key)).toEqual({ name: record.id, tenant: 'acme', scopes: new Set(['runs:read']) });
    expect(JSON.stringify([...records.records])).not.toContain(key.slice(9));
    pepper = 'another';
    expect(await gateway().find(key)).toBeUndefined();
  });

  it('are unknown, without a question, when their form or checksum is wrong', async () => {
    const { key } = await gateway().issue(request, admin);
    const typo = key.slice(0, 12) + (key[12] === 'a' ? 'b' : 'a') + key.slice(13);
    for (const wrong of ['', 'lum_live_', typo, key.slice(0, -1), `${key}0`, key.replace('live', 'test')]) {
      expect(gateway().find(wrong)).toBeUndefined();
    }
    expect(records.reads).toBe(0);
  });

  it('cost one read for as long as they are remembered, and one note of use a minute', async () => {
    const keys = gateway();
    const { key } = await keys.issue(request, admin);
    await Promise.all(Array.from({ length: 50 }, async () => keys.find(key)));
    expect([records.reads, records.uses]).toEqual([1, 1]);
    nowMs += 10_001;
    await keys.find(key);
    expect([records.reads, records.uses]).toEqual([2, 1]);
    nowMs += 60_000;
    await keys.find(key);
    expect(records.uses).toBe(2);
  });

  it('are closed at once where they are revoked, elsewhere when it looks again', async () => {
    const [here, elsewhere] = [gateway(), gateway()];
    const { key, record } = await here.issue(request, admin);
    await Promise.all([here.find(key), elsewhere.find(key)]);
    expect(await here.revoke('acme', record.id)).toBe(true);
    expect(await here.find(key)).toBeUndefined();
    expect(await elsewhere.find(key)).toBeDefined();
    nowMs += 10_001;
    expect(await elsewhere.find(key)).toBeUndefined();
    expect(await here.revoke('rival', record.id)).toBe(false);
  });

  it('are closed when their time is up, remembered or not', async () => {
    const keys = gateway();
    const { key } = await keys.issue({ ...request, expiresMs: nowMs + 5_000 }, admin);
    expect(await keys.find(key)).toBeDefined();
    nowMs += 5_000;
    expect(await keys.find(key)).toBeUndefined();
  });

  it('give nothing that their maker does not have', async () => {
    expect(await refused(gateway().issue({ ...request, scopes: ['approve'] }, admin))).toBe('LUM_FORBIDDEN');
    expect(await refused(gateway().issue({ ...request, tenant: 'rival' }, admin))).toBe('LUM_FORBIDDEN');
    const operator = { ...admin, scopes: new Set<Scope>([...admin.scopes, 'operator']) };
    expect(await refused(gateway().issue({ ...request, tenant: 'rival' }, operator))).toBe('nothing');
  });

  it('are at most two of a name, so that one replaces the other', async () => {
    const keys = gateway();
    const first = await keys.issue(request, admin);
    await keys.issue(request, admin);
    expect(await refused(keys.issue(request, admin))).toBe('LUM_KEY_LIMIT');
    await keys.revoke('acme', first.record.id);
    expect(await refused(keys.issue(request, admin))).toBe('nothing');
  });

  it('are neither made nor known without a pepper', async () => {
    const { key } = await gateway().issue(request, admin);
    pepper = undefined;
    expect(gateway().find(key)).toBeUndefined();
    expect(await refused(gateway().issue(request, admin))).toBe('LUM_FORBIDDEN');
  });

  it('go on as they were last known while the store is away; an unknown one is told to come back', async () => {
    const keys = gateway();
    const { key } = await keys.issue(request, admin);
    await keys.find(key);
    records.fault = new Error('no Redis');
    nowMs += 10_001;
    expect(await keys.find(key)).toBeDefined();
    expect(await refused(Promise.resolve(gateway().find(key)))).toBe('LUM_STORE_UNAVAILABLE');
  });
});

describe('the form of a key', () => {
  it('is told by its checksum, and no two are alike', () => {
    const keys = Array.from({ length: 200 }, () => newKey('test'));
    expect(keys.every(isIssuedForm)).toBe(true);
    expect(new Set(keys).size).toBe(200);
    expect(keys[0]).toMatch(/^lum_test_[0-9A-Za-z]{38}$/);
  });

  it('is digested with the pepper', () => {
    expect(keyDigest('k', 'a')).not.toBe(keyDigest('k', 'b'));
  });
});
