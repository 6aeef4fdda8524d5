import type { IncomingMessage } from 'node:http';

export type ReadBody =
  | { readonly kind: 'ok'; readonly text: string }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'aborted' };

export function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size > maxBytes) resolve({ kind: 'too_large' });
      else parts.push(part);
    });
    request.once('end', () => {
      resolve({ kind: 'ok', text: textOf(parts) });
    });
    request.once('close', () => {
      resolve({ kind: 'aborted' });
    });
    request.once('error', () => {
      resolve({ kind: 'aborted' });
    });
  });
}

function textOf(parts: readonly Buffer[]): string {
  const [only] = parts;
  return parts.length === 1 && only !== undefined
    ? only.toString('utf8')
    : Buffer.concat(parts).toString('utf8');
}
