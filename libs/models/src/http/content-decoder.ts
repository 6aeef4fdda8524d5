import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** We ask for identity; some proxies compress all the same. Undefined: the bytes are taken as they come. */
export function contentDecoder(encoding: string | string[] | undefined): Transform | undefined {
  if (encoding === undefined) return undefined;
  const name = String(encoding).toLowerCase();
  return Object.hasOwn(decoders, name) ? decoders[name]?.() : undefined;
}
