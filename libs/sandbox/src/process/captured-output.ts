/** What a program wrote to one stream: all of it, or its beginning and its end. */
export interface CapturedOutput {
  readonly head: Buffer;
  /** Empty when the head is all. */
  readonly tail: Buffer;
  readonly totalBytes: number;
}

/** Keeps the first three quarters of `keptBytes` from the beginning and the rest from the end, in bounded memory. */
export class OutputCapture {
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #totalBytes = 0;
  readonly #maxHeadBytes: number;
  readonly #maxTailBytes: number;

  constructor(keptBytes: number) {
    this.#maxHeadBytes = Math.ceil((keptBytes * 3) / 4);
    this.#maxTailBytes = keptBytes - this.#maxHeadBytes;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  add(chunk: Buffer): void {
    this.#totalBytes += chunk.length;
    const forHead = chunk.subarray(0, this.#maxHeadBytes - this.#headBytes);
    if (forHead.length > 0) this.#head.push(forHead);
    this.#headBytes += forHead.length;
    this.#addToTail(chunk.subarray(forHead.length));
  }

  captured(): CapturedOutput {
    const tail = Buffer.concat(this.#tail);
    return {
      head: Buffer.concat(this.#head),
      tail: tail.subarray(Math.max(0, tail.length - this.#maxTailBytes)),
      totalBytes: this.#totalBytes,
    };
  }

  #addToTail(chunk: Buffer): void {
    if (chunk.length === 0) return;
    // A copy: a slice would keep the whole chunk alive.
    this.#tail.push(Buffer.from(chunk.subarray(Math.max(0, chunk.length - this.#maxTailBytes))));
    this.#tailBytes += Math.min(chunk.length, this.#maxTailBytes);
    for (let first = this.#tail[0]; first && this.#tailBytes - first.length >= this.#maxTailBytes;) {
      this.#tailBytes -= first.length;
      this.#tail.shift();
      first = this.#tail[0];
    }
  }
}
