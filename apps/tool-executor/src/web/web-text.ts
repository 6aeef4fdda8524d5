import type { HttpResponse } from '@lumina/platform';

export type WebTextKind = 'html' | 'text' | 'other';

const textTypes = /^(text\/|application\/(json|xml|javascript|yaml|toml|x-ndjson|ld\+json)$|.*\+(json|xml)$)/;

/** The media type of a response, in lower case and without its parameters; `application/octet-stream` when it names none. */
export function mediaType({ headers }: Pick<HttpResponse, 'headers'>): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return type.trim().toLowerCase() || 'application/octet-stream';
}

export function kindOfText(type: string): WebTextKind {
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html';
  return textTypes.test(type) ? 'text' : 'other';
}

const sniffedBytes = 1_024;

function namedCharset({ headers, body }: Pick<HttpResponse, 'headers' | 'body'>): string {
  const named = /charset\s*=\s*"?([\w:.-]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (named !== undefined) return named;
  const head = body.subarray(0, sniffedBytes).toString('latin1');
  return /<meta[^>]{0,200}charset\s*=\s*["']?([\w:.-]+)/i.exec(head)?.[1] ?? 'utf-8';
}

/** The body as text, in the encoding that the response or the page names; what is not valid in it shows as U+FFFD. */
export function textOf(response: Pick<HttpResponse, 'headers' | 'body'>): string {
  try {
    return new TextDecoder(namedCharset(response)).decode(response.body);
  } catch {
    return new TextDecoder().decode(response.body); // an encoding that nobody knows
  }
}
