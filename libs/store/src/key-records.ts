import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LuaScript } from '@lumina/platform';
import type { Redis } from 'ioredis';
import { keyPrefix } from './keys';

/** An API key as it is kept: never the key, only a digest that no one can make without the pepper. Times in ms since the epoch. */
export interface KeyRecord {
  readonly digest: string;
  /** How people and the journal call it. */
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly createdMs: number;
  readonly createdBy: string;
  readonly expiresMs: number | undefined;
  readonly revokedMs: number | undefined;
  readonly lastUsedMs: number | undefined;
}

export type KeyPutOutcome =
  | { readonly kind: 'kept' }
  /** The ids of the keys that stand in the way. */
  | { readonly kind: 'limit'; readonly live: readonly string[] }
  | { readonly kind: 'made'; readonly id: string };

const putScript = new LuaScript(readFileSync(join(__dirname, 'lua', 'key-put.lua'), 'utf8'));

const recordKey = (digest: string): string => `${keyPrefix}key:${digest}`;
/** Of a tenant: id → digest. */
const tenantKey = (tenant: string): string => `${keyPrefix}keys:${tenant}`;

/** The issued API keys. */
export class KeyRecords {
  constructor(
    private readonly redis: Redis,
    /** Resolves when all that could be read is as durable as promised. */
    private readonly confirm: () => Promise<void>,
  ) {}

  /** Keeps a new key, unless its name has `maxLive` that are neither revoked nor expired, or one was made under this creation's name. */
  async put(record: KeyRecord, maxLive: number, creation = ''): Promise<KeyPutOutcome> {
    const { digest, tenant, id, name, createdMs } = record;
    const about = [recordKey(''), id, digest, name, createdMs, maxLive, creation];
    const fields = Object.entries(fieldsOf(record)).flat();
    const keys = [recordKey(digest), tenantKey(tenant)];
    const [kind, ...ids] = (await putScript.run(this.redis, keys, [...about, ...fields])) as string[];
    await this.confirm();
    if (kind === 'made') return { kind, id: ids[0] ?? '' };
    return kind === 'limit' ? { kind, live: ids } : { kind: 'kept' };
  }

  async find(digest: string): Promise<KeyRecord | undefined> {
    return recordOf(digest, await this.redis.hgetall(recordKey(digest)));
  }

  /** The tenant's keys, newest first, the revoked ones included. */
  async list(tenant: string): Promise<readonly KeyRecord[]> {
    const digests = Object.values(await this.redis.hgetall(tenantKey(tenant)));
    const records = await Promise.all(digests.map((digest) => this.find(digest)));
    return records.flatMap((record) => record ?? []).sort((a, b) => b.createdMs - a.createdMs);
  }

  /** @returns whether the tenant has a key of this id */
  async revoke(tenant: string, id: string, atMs: number): Promise<boolean> {
    const digest = await this.redis.hget(tenantKey(tenant), id);
    if (digest === null) return false;
    await this.redis.hsetnx(recordKey(digest), 'revoked', atMs);
    await this.confirm();
    return true;
  }

  async used(digest: string, atMs: number): Promise<void> {
    await this.redis.hset(recordKey(digest), 'used', atMs);
  }
}

function fieldsOf(record: KeyRecord): Record<string, string> {
  const { id, name, tenant, scopes, createdMs, createdBy, expiresMs } = record;
  return {
    ...{ id, name, tenant, scopes: scopes.join('+'), created: `${createdMs}`, by: createdBy },
    ...(expiresMs === undefined ? {} : { expires: `${expiresMs}` }),
  };
}

function recordOf(digest: string, fields: Readonly<Record<string, string>>): KeyRecord | undefined {
  const { id, name = '', tenant, scopes = '', created, by = '' } = fields;
  if (id === undefined || tenant === undefined) return undefined;
  const time = (field: string): number | undefined =>
    fields[field] === undefined ? undefined : Number(fields[field]);
  return {
    ...{ digest, id, name, tenant, scopes: scopes.split('+'), createdMs: Number(created), createdBy: by },
    ...{ expiresMs: time('expires'), revokedMs: time('revoked'), lastUsedMs: time('used') },
  };
}
