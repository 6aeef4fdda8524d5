import type { FileHandle } from 'node:fs/promises';
import { WorkspaceError } from './workspace-error';

const chunkBytes = 256 * 1024;
const binaryProbeBytes = 8192;

/** A regular file of the workspace, open for reading; its opener closes it. */
export class OpenFile {
  readonly kind = 'file';

  private constructor(
    private readonly handle: FileHandle,
    /** Size when it was opened; it may change meanwhile. */
    readonly sizeBytes: number,
  ) {}

  /**
   * Takes the handle over, closing it if it turns out not to be a regular file.
   *
   * @param shownPath for the message
   * @throws WorkspaceError `wrong_type`
   */
  static async of(handle: FileHandle, shownPath: string): Promise<OpenFile> {
    try {
      const stats = await handle.stat();
      if (!stats.isFile())
        throw new WorkspaceError(
          'wrong_type',
          `${shownPath} is ${stats.isDirectory() ? 'a folder' : 'not a regular file'}`,
        );
      return new OpenFile(handle, stats.size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** The file from its beginning, chunk by chunk; each chunk is the reader's to keep. Rejects when the signal fires. */
  async *chunks(signal: AbortSignal): AsyncGenerator<Buffer> {
    for (let position = 0; ;) {
      signal.throwIfAborted();
      const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(4096, this.sizeBytes - position + 1)));
      const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  /** The whole file, or undefined when it holds more than `maxBytes`. */
  async bytes(maxBytes: number, signal: AbortSignal): Promise<Buffer | undefined> {
    if (this.sizeBytes > maxBytes) return undefined;
    const chunks: Buffer[] = [];
    let total = 0;
    for await (const chunk of this.chunks(signal)) {
      total += chunk.length;
      if (total > maxBytes) return undefined;
      chunks.push(chunk);
    }
    return chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
  }
}

/** Text has no NUL byte near its beginning; what has one is not shown or searched. */
export const isBinary = (beginning: Buffer): boolean => beginning.subarray(0, binaryProbeBytes).includes(0);
