import {
  type BigIntStats,
  type Stats,
  closeSync,
  fstatSync,
  open as openCallback,
  read as readCallback,
} from 'node:fs';
import { promisify } from 'node:util';

const openDescriptor = promisify(openCallback);
const readDescriptor = promisify(readCallback);

/**
 * An open file descriptor that is closed once and never used afterwards.
 *
 * D1 Opening and reading may wait for a disk and run on the thread pool. `stat` and `close` of what is open for reading
 *    do not, and a trip through the pool costs many times what they do: they are synchronous.
 */
export class Descriptor {
  #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  static async open(path: string, flags: number): Promise<Descriptor> {
    return new Descriptor(await openDescriptor(path, flags));
  }

  get fd(): number {
    if (this.#fd < 0) throw new Error('the descriptor is closed');
    return this.#fd;
  }

  stat(): Stats {
    return fstatSync(this.fd);
  }

  /** As `stat`, with times to the nanosecond. */
  exactStat(): BigIntStats {
    return fstatSync(this.fd, { bigint: true });
  }

  /** Bytes read into the buffer's beginning; 0 at the end of the file. Await it before closing. */
  async read(buffer: Buffer, position: number): Promise<number> {
    return (await readDescriptor(this.fd, buffer, 0, buffer.length, position)).bytesRead;
  }

  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    closeSync(fd);
  }
}
