import type { Pin, Pinning } from './pin';
import { formatBytes, formatCount } from './printable';
import { type Usage, measureUsage } from './usage';
import { WorkspaceError } from './workspace-error';

/**
 * How much a workspace may hold.
 *
 * Q1 Only growth is refused: what makes a workspace smaller, or keeps it as large, is done however full it is.
 * Q2 What is used is counted, not remembered: programs in the sandbox write too, and so do other executors.
 * Q3 What is written is counted after it stands on the disk under a name of its own, and before it takes its name: of two executors
 *    that write at once, the later count sees what both have written. At the very edge both may be refused.
 *    A count is used again, for a while and with this process's own writes added, until these take up one 64th of what was free. So one
 *    executor never exceeds the quota, and n of them at once by at most (n − 1)/64 of it.
 * Q4 Counting takes at most a twentieth of the time.
 */
export interface QuotaLimits {
  readonly maxBytes: number;
  readonly maxEntries: number;
}

export const defaultQuota: QuotaLimits = { maxBytes: 4 * 1024 ** 3, maxEntries: 200_000 };

interface Count {
  readonly counted: Usage;
  /** What this process has written since. */
  grown: Usage;
  readonly validUntilMs: number;
}

const minValidMs = 1_000;
const maxValidMs = 60_000;
const validPerCountingMs = 20;
const shareOfFree = 64;
const maxRemembered = 1_000;

export class Quota {
  readonly #counts = new Map<string, Count>();

  constructor(
    readonly limits: QuotaLimits = defaultQuota,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /**
   * Asks, before anything large is written, whether a workspace may grow by this much. `made` of it is there already.
   *
   * @throws WorkspaceError `quota`, saying what is used and what is allowed
   */
  async admit(root: QuotaRoot, growth: Usage, made: Usage): Promise<void> {
    if (isBeyond(growth, this.limits)) throw this.#refusal(this.#known(root) ?? nothing, growth);
    const known = this.#known(root);
    if (known !== undefined && isBeyond(grown(known, growth), this.limits))
      this.#check(await this.#countWithout(root, made), growth);
  }

  /**
   * Asks again when what is new stands on the disk already, as `staged`.
   *
   * @throws WorkspaceError `quota`
   */
  async admitStaged(root: QuotaRoot, growth: Usage, staged: Usage): Promise<void> {
    if (growth.bytes <= 0 && growth.entries <= 0) return;
    if (this.#isCovered(root, growth)) return;
    this.#check(await this.#countWithout(root, staged), growth);
  }

  /** Adds what was written, or takes off what was removed. */
  note(root: QuotaRoot, growth: Usage): void {
    const count = this.#counts.get(keyOf(root));
    if (count !== undefined) count.grown = plus(count.grown, growth);
  }

  /** The next write counts. */
  forget(root: QuotaRoot): void {
    this.#counts.delete(keyOf(root));
  }

  #valid(root: QuotaRoot): Count | undefined {
    const count = this.#counts.get(keyOf(root));
    return count !== undefined && this.nowMs() < count.validUntilMs ? count : undefined;
  }

  #known(root: QuotaRoot): Usage | undefined {
    const count = this.#valid(root);
    return count && plus(count.counted, count.grown);
  }

  #isCovered(root: QuotaRoot, growth: Usage): boolean {
    const count = this.#valid(root);
    if (count === undefined) return false;
    const { bytes, entries } = plus(count.grown, growth);
    return (
      bytes <= (this.limits.maxBytes - count.counted.bytes) / shareOfFree &&
      entries <= (this.limits.maxEntries - count.counted.entries) / shareOfFree
    );
  }

  async #countWithout(root: QuotaRoot, staged: Usage): Promise<Usage> {
    const startMs = this.nowMs();
    const usage = minus(await measureUsage(root.pin, root.pinning, root.signal), staged);
    const tookMs = this.nowMs() - startMs;
    const validMs = Math.min(maxValidMs, Math.max(minValidMs, validPerCountingMs * tookMs));
    this.#counts.delete(keyOf(root));
    this.#counts.set(keyOf(root), { counted: usage, grown: nothing, validUntilMs: this.nowMs() + validMs });
    const oldest = this.#counts.keys().next();
    if (this.#counts.size > maxRemembered && !oldest.done) this.#counts.delete(oldest.value);
    return usage;
  }

  #check(used: Usage, growth: Usage): void {
    if (isBeyond(grown(used, growth), this.limits)) throw this.#refusal(used, growth);
  }

  #refusal(used: Usage, growth: Usage): WorkspaceError {
    const { maxBytes, maxEntries } = this.limits;
    const tooMany = used.entries + growth.entries > maxEntries && growth.entries > 0;
    const what = tooMany
      ? `${formatCount(used.entries)} of ${formatCount(maxEntries)} files and folders are used, and this needs ${formatCount(growth.entries)} more`
      : `${formatBytes(used.bytes)} of ${formatBytes(maxBytes)} are used, and this needs ${formatBytes(growth.bytes)} more`;
    return new WorkspaceError('quota', `the workspace is full: ${what}. Delete what is not needed any more`);
  }
}

export interface QuotaRoot {
  readonly pin: Pin;
  readonly pinning: Pinning;
  readonly signal: AbortSignal;
}

const keyOf = ({ pin }: QuotaRoot): string => `${pin.device}:${pin.inode}`;

const plus = (a: Usage, b: Usage): Usage => ({ bytes: a.bytes + b.bytes, entries: a.entries + b.entries });

const minus = (a: Usage, b: Usage): Usage => ({ bytes: a.bytes - b.bytes, entries: a.entries - b.entries });

const nothing: Usage = { bytes: 0, entries: 0 };

const isBeyond = ({ bytes, entries }: Usage, { maxBytes, maxEntries }: QuotaLimits): boolean =>
  bytes > maxBytes || entries > maxEntries;

/** What would be used, where only what grows is held against the limit. */
const grown = (used: Usage, growth: Usage): Usage => ({
  bytes: growth.bytes > 0 ? used.bytes + growth.bytes : 0,
  entries: growth.entries > 0 ? used.entries + growth.entries : 0,
});
