import { createHash } from 'node:crypto';
import { LuminaError } from '@lumina/contracts';
import { keys } from '@lumina/store';
import type { Redis } from 'ioredis';
import { v5 as uuidV5 } from 'uuid';
import { newName } from './run-names';

const namespace = 'd3c4b0a2-55f1-5a0e-9b1b-6d6164656f6e';
/** For so long another request with the same key is refused; the same one finds what it made for as long as that is there. */
const rememberedMs = 86_400_000;

/** What is made, by whom, and what was asked for. */
export interface Making {
  readonly kind: 'thread' | 'copy' | 'cron' | 'state' | 'feedback' | 'key';
  readonly tenant: string;
  readonly idempotencyKey: string | undefined;
  readonly request: unknown;
}

/**
 * Names of what clients make beside runs. An Idempotency-Key names it: whoever makes it again, at this gateway or another, and also after
 * a crash half-way, makes the same thing, for each kind is made once under one name.
 */
export class MadeOnce {
  constructor(private readonly redis: Pick<Redis, 'set'>) {}

  /** @throws LuminaError LUM_IDEMPOTENCY_MISMATCH when the key came with another request before */
  async nameOf(making: Making): Promise<string> {
    return (await this.nameIfAny(making)) ?? newName();
  }

  /**
   * For what needs no name unless its client gives it one.
   *
   * @throws LuminaError LUM_IDEMPOTENCY_MISMATCH
   */
  async nameIfAny({ kind, tenant, idempotencyKey, request }: Making): Promise<string | undefined> {
    if (idempotencyKey === undefined) return undefined;
    const name = uuidV5(`${kind}/${tenant}/${idempotencyKey}`, namespace);
    const digest = createHash('sha256').update(JSON.stringify(request)).digest('base64url');
    const before = await this.redis.set(keys.madeOnce(name), digest, 'PX', rememberedMs, 'NX', 'GET');
    if (before === null || before === digest) return name;
    throw idempotencyMismatch();
  }
}

export const idempotencyMismatch = (): LuminaError =>
  new LuminaError(
    'LUM_IDEMPOTENCY_MISMATCH',
    'This Idempotency-Key was used for another request. Use a new key, or send the same request.',
  );
