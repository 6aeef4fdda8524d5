/** So many at a time; who comes when it is full waits in order of arrival. Closed, it lets nobody in. */
export class Room {
  private inside = 0;
  private isClosed = false;
  private readonly waiting: ((isIn: boolean) => void)[] = [];
  private leavers: (() => void)[] = [];

  constructor(private readonly size: number) {}

  get taken(): number {
    return this.inside;
  }

  /** How many wait for a place. */
  get waiters(): number {
    return this.waiting.length;
  }

  get isFull(): boolean {
    return this.isClosed || this.inside >= this.size;
  }

  get isOpen(): boolean {
    return !this.isClosed;
  }

  /** Resolves with true when there is a place, and takes it; with false once the room is closed. */
  enter(): Promise<boolean> {
    if (this.isClosed) return Promise.resolve(false);
    if (this.inside < this.size) {
      this.inside += 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** The same, but gives up after so long, ms. */
  async enterWithin(ms: number): Promise<boolean> {
    if (this.isClosed || this.inside < this.size) return this.enter();
    return new Promise((resolve) => {
      const entry = (isIn: boolean): void => {
        clearTimeout(timer);
        resolve(isIn);
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        resolve(false);
      }, ms);
      this.waiting.push(entry);
    });
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next !== undefined) {
      next(true);
      return;
    }
    this.inside -= 1;
    if (this.inside === 0) for (const leaver of this.leavers.splice(0)) leaver();
  }

  close(): void {
    this.isClosed = true;
    for (const refused of this.waiting.splice(0)) refused(false);
  }

  /** Resolves when nobody is inside. */
  empty(): Promise<void> {
    return this.inside === 0 ? Promise.resolve() : new Promise((resolve) => this.leavers.push(resolve));
  }
}
