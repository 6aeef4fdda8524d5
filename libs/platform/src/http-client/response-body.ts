import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';

/** What is asked for; whatever is understood is decoded, whether it was asked for or not. */
export const acceptedEncodings = 'gzip, br, zstd';

export class BodyTooLargeError extends Error {
  readonly code = 'LUMINA_BODY_TOO_LARGE';
}
export class UnknownEncodingError extends Error {
  readonly code = 'LUMINA_UNKNOWN_ENCODING';
}

const maxEncodings = 2;
/** 8 MiB: what the standard asks of decoders for the web. A larger window is memory that the sender chooses. */
const maxZstdWindowLog = 23;

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
  zstd: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: maxZstdWindowLog } }),
};

/** In the order of decoding. @throws UnknownEncodingError */
function decodersFor(encoding: string): readonly Transform[] {
  const names = encoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > maxEncodings) throw new UnknownEncodingError('too many encodings, one inside another');
  return names.reverse().map((name) => {
    const decoder = Object.hasOwn(decoders, name) ? decoders[name] : undefined;
    if (decoder === undefined) throw new UnknownEncodingError('an encoding that is not understood');
    return decoder();
  });
}

export interface BodyLimits {
  /** Decompressed; counted as it comes, so that a small body which unpacks to a huge one is dropped at the limit. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Reads and decodes a body.
 *
 * @throws BodyTooLargeError, UnknownEncodingError, what the stream or a decoder throws, or the signal's AbortError; the stream
 *   is destroyed then
 */
export async function readBody(
  source: Readable,
  encoding: string | undefined,
  { maxBytes, signal }: BodyLimits,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let readBytes = 0;
  const collect = async (decoded: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of decoded) {
      readBytes += chunk.length;
      if (readBytes > maxBytes) throw new BodyTooLargeError(`more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  };
  try {
    const stages = decodersFor(encoding ?? '');
    const decoded = stages.reduce<Readable>((from, to) => {
      from.on('error', (error) => to.destroy(error));
      return from.pipe(to);
    }, source);
    await pipeline(decoded, collect, { signal });
  } catch (error) {
    source.destroy();
    throw error;
  }
  return Buffer.concat(chunks);
}
