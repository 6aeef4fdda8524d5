import type { Descriptor } from './descriptor';
import { WorkspaceError } from './workspace-error';

const chunkBytes = 256 * 1024;
const binaryProbeBytes = 8192;

/** A regular file of the workspace, open for reading; its opener closes it. */
export class OpenFile {
  readonly kind = 'file';

  private constructor(
    private readonly descriptor: Descriptor,
    /** Size when it was opened; it may change meanwhile. */
    readonly sizeBytes: number,
    /** Permission bits. */
    readonly mode: number,
  ) {}

  /**
   * Takes the descriptor over, closing it if it turns out not to be a regular file.
   *
   * @param shownPath for the message
   * @throws WorkspaceError `wrong_type`
   */
  static of(descriptor: Descriptor, shownPath: string): OpenFile {
    const stats = descriptor.stat();
    if (stats.isFile()) return new OpenFile(descriptor, stats.size, stats.mode & 0o777);
    descriptor.close();
    const what = stats.isDirectory() ? 'a folder' : 'not a regular file';
    throw new WorkspaceError('wrong_type', `${shownPath} is ${what}`);
  }

  close(): void {
    this.descriptor.close();
  }

  /** The file from its beginning, chunk by chunk; each chunk is the reader's to keep. Rejects when the signal fires. */
  async *chunks(signal: AbortSignal): AsyncGenerator<Buffer> {
    for (let position = 0; ;) {
      signal.throwIfAborted();
      const buffer = Buffer.allocUnsafe(chunkBytes);
      const bytesRead = await this.descriptor.read(buffer, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** The whole file, or undefined when it holds more than `maxBytes`. */
  async bytes(maxBytes: number, signal: AbortSignal): Promise<Buffer | undefined> {
    if (this.sizeBytes > maxBytes) return undefined;
    let buffer = Buffer.allocUnsafe(this.sizeBytes + 1); // room for one byte more tells the end in one read
    let total = 0;
    for (;;) {
      signal.throwIfAborted();
      const bytesRead = await this.descriptor.read(buffer.subarray(total), total);
      total += bytesRead;
      if (total > maxBytes) return undefined;
      if (bytesRead === 0 || (total >= this.sizeBytes && total < buffer.length))
        return buffer.subarray(0, total);
      if (total === buffer.length) buffer = Buffer.concat([buffer], Math.min(2 * total, maxBytes + 1));
    }
  }
}

/** Text has no NUL byte near its beginning; what has one is not shown or searched. */
export const isBinary = (beginning: Buffer): boolean => beginning.subarray(0, binaryProbeBytes).includes(0);
