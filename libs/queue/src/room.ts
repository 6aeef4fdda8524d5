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

  /** Places that nobody has and nobody waits for. */
  get free(): number {
    return this.isClosed || this.waiting.length > 0 ? 0 : this.size - this.inside;
  }

  /** Takes a place if one is free. */
  tryEnter(): boolean {
    if (this.free === 0) return false;
    this.inside += 1;
    return true;
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
