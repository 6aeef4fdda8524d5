/** How an attempt to be the one who finds a result out ended. */
export type Claim = 'mine' | 'other';

/** Results of calls for a while, and who is just finding one out. Any of it may reject: a cache that is away is no reason to fail a call. */
export interface ResultCache {
  read(key: string): Promise<string | undefined>;
  write(key: string, content: string, lifeMs: number): Promise<void>;
  /** Nobody else gets it until `release`, or until the lease ends. */
  claim(key: string, owner: string, leaseMs: number): Promise<Claim>;
  isClaimed(key: string): Promise<boolean>;
  /** Ends the owner's own claim, and nobody else's. */
  release(key: string, owner: string): Promise<void>;
}

/** For tests and for one process. */
export class MemoryResultCache implements ResultCache {
  private readonly entries = new Map<string, { readonly text: string; readonly lapsesAtMs: number }>();

  constructor(private readonly nowMs: () => number) {}

  async read(key: string): Promise<string | undefined> {
    return this.fresh(`value ${key}`);
  }

  async write(key: string, content: string, lifeMs: number): Promise<void> {
    this.entries.set(`value ${key}`, { text: content, lapsesAtMs: this.nowMs() + lifeMs });
  }

  async claim(key: string, owner: string, leaseMs: number): Promise<Claim> {
    if (this.fresh(`claim ${key}`) !== undefined) return 'other';
    this.entries.set(`claim ${key}`, { text: owner, lapsesAtMs: this.nowMs() + leaseMs });
    return 'mine';
  }

  async isClaimed(key: string): Promise<boolean> {
    return this.fresh(`claim ${key}`) !== undefined;
  }

  async release(key: string, owner: string): Promise<void> {
    if (this.fresh(`claim ${key}`) === owner) this.entries.delete(`claim ${key}`);
  }

  private fresh(name: string): string | undefined {
    const entry = this.entries.get(name);
    return entry !== undefined && entry.lapsesAtMs > this.nowMs() ? entry.text : undefined;
  }
}
