import { LuminaError } from '@lumina/contracts';
import type { KeyRecord, KeyRecords } from '@lumina/store';
import { type Caller, type Scope, isScope } from '../auth/api-keys';
import { type KeyEnvironment, isIssuedForm, keyDigest, keyId, newKey } from './key-format';

/**
 * API keys that were issued here. Invariants:
 *
 * K1 A key is shown once, when it is made. Only its HMAC with the pepper is kept.
 * K2 A key that is revoked or has expired opens nothing: expiry at once, a revocation at other gateways when they look again.
 * K3 Nobody gives what they do not have: a new key's scopes are among those of the key that made it.
 * K4 A key costs one read each `rememberMs` at each gateway, whoever sends it however often; its last use one write a minute.
 */
const usedEveryMs = 60_000;
const remembered = 10_000;
/** Two: the one in use, and the one that takes its place. */
const liveKeysOfName = 2;

export interface KeyRequest {
  readonly name: string;
  readonly tenant: string;
  readonly scopes: readonly Scope[];
  readonly environment: KeyEnvironment;
  readonly expiresMs: number | undefined;
  /** Names this creation: under one name one key is made, and shown the once. */
  readonly creation?: string | undefined;
}

interface Known {
  readonly record: KeyRecord | undefined;
  readonly caller: Caller | undefined;
  readonly untilMs: number;
}

export interface IssuedKeyOptions {
  /** Absent: no keys are issued or known. */
  readonly pepper: () => string | undefined;
  readonly rememberMs: number;
  readonly nowMs: () => number;
  readonly onError: (error: unknown) => void;
}

export class IssuedKeys {
  private readonly known = new Map<string, Known>();
  private readonly asked = new Map<string, Promise<Known>>();
  private readonly usedMs = new Map<string, number>();

  constructor(
    private readonly records: KeyRecords,
    private readonly options: IssuedKeyOptions,
  ) {}

  /** At once where the key is remembered, or cannot be one of ours. */
  find(key: string): Caller | undefined | Promise<Caller | undefined> {
    const pepper = this.options.pepper();
    if (pepper === undefined || !isIssuedForm(key)) return undefined;
    const digest = keyDigest(key, pepper);
    const known = this.known.get(digest);
    if (known !== undefined && known.untilMs > this.options.nowMs()) return this.opened(known);
    return this.look(digest).then((found) => this.opened(found));
  }

  /** @throws LuminaError LUM_FORBIDDEN, LUM_KEY_LIMIT, LUM_KEY_SHOWN */
  async issue(
    request: KeyRequest,
    by: Caller,
  ): Promise<{ readonly key: string; readonly record: KeyRecord }> {
    const pepper = this.options.pepper();
    if (pepper === undefined)
      throw new LuminaError('LUM_FORBIDDEN', 'No keys are issued here: set LUMINA_KEY_PEPPER.');
    const { name, tenant, scopes, environment, expiresMs } = request;
    mayGive(request, by);
    const now = this.options.nowMs();
    const key = newKey(environment);
    const digest = keyDigest(key, pepper);
    const record: KeyRecord = {
      ...{ digest, id: keyId(digest), name, tenant, scopes, createdMs: now, createdBy: by.name, expiresMs },
      ...{ revokedMs: undefined, lastUsedMs: undefined },
    };
    const outcome = await this.records.put(record, liveKeysOfName, request.creation);
    if (outcome.kind === 'kept') return { key, record };
    throw outcome.kind === 'made' ? shownBefore(outcome.id) : tooMany(name, outcome.live);
  }

  list(tenant: string): Promise<readonly KeyRecord[]> {
    return this.records.list(tenant);
  }

  /** @returns whether there was such a key */
  async revoke(tenant: string, id: string): Promise<boolean> {
    const isKnown = await this.records.revoke(tenant, id, this.options.nowMs());
    for (const [digest, { record }] of this.known) if (record?.id === id) this.known.delete(digest);
    return isKnown;
  }

  private opened({ record, caller }: Known): Caller | undefined {
    if (record === undefined || !isLive(record, this.options.nowMs())) return undefined;
    this.note(record.digest);
    return caller;
  }

  /** One question at a time for each key. */
  private look(digest: string): Promise<Known> {
    const asked = this.asked.get(digest);
    if (asked !== undefined) return asked;
    const looking = this.read(digest)
      .catch((error: unknown) => this.remembered(digest, error))
      .finally(() => this.asked.delete(digest));
    this.asked.set(digest, looking);
    return looking;
  }

  private async read(digest: string): Promise<Known> {
    const untilMs = this.options.nowMs() + this.options.rememberMs;
    const record = await this.records.find(digest);
    const found = { record, caller: record === undefined ? undefined : callerOfRecord(record), untilMs };
    this.known.delete(digest);
    this.known.set(digest, found);
    const [oldest] = this.known.keys();
    if (this.known.size > remembered && oldest !== undefined) {
      this.known.delete(oldest);
      this.usedMs.delete(oldest);
    }
    return found;
  }

  /** While the store does not answer, what was last known of a key counts. */
  private remembered(digest: string, cause: unknown): Known {
    const known = this.known.get(digest);
    if (known !== undefined) return known;
    throw new LuminaError('LUM_STORE_UNAVAILABLE', 'The store of API keys does not answer.', { cause });
  }

  private note(digest: string): void {
    const now = this.options.nowMs();
    if (now - (this.usedMs.get(digest) ?? -Infinity) < usedEveryMs) return;
    this.usedMs.set(digest, now);
    this.records.used(digest, now).catch(this.options.onError);
  }
}

const shownBefore = (id: string): LuminaError =>
  new LuminaError(
    'LUM_KEY_SHOWN',
    `The key ${id} was made under this Idempotency-Key, and shown then. If it was lost, revoke it and make another under a new one.`,
  );

const tooMany = (name: string, live: readonly string[]): LuminaError =>
  new LuminaError(
    'LUM_KEY_LIMIT',
    `"${name}" has two live keys, ${live.join(' and ')}: revoke one, then make another.`,
  );

const isLive = ({ revokedMs, expiresMs }: KeyRecord, nowMs: number): boolean =>
  revokedMs === undefined && (expiresMs === undefined || expiresMs > nowMs);

const callerOfRecord = ({ id, tenant, scopes }: KeyRecord): Caller => ({
  name: id,
  tenant,
  scopes: new Set(scopes.filter(isScope)),
});

function mayGive({ tenant, scopes }: KeyRequest, by: Caller): void {
  if (tenant !== by.tenant && !by.scopes.has('operator'))
    throw new LuminaError(
      'LUM_FORBIDDEN',
      'Only a key with the scope operator makes keys for another tenant.',
    );
  const missing = scopes.find((scope) => !by.scopes.has(scope));
  if (missing !== undefined)
    throw new LuminaError('LUM_FORBIDDEN', `Your key lacks the scope ${missing}, so it cannot give it.`);
}
