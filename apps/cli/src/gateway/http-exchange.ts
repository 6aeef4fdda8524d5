import { type IncomingMessage, request } from 'node:http';

export interface HttpQuestion {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Longest silence: until the headers, and then between two pieces of the body. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Asks; resolves with the response when its headers are in. @throws on anything that is not HTTP */
export function exchange(url: string, question: HttpQuestion): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, body, timeoutMs, signal } = question;
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method,
      headers: {
        ...headers,
        ...(payload && { 'content-type': 'application/json', 'content-length': payload.length }),
      },
      timeout: timeoutMs,
      ...(signal && { signal }),
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs} ms from ${url}`)));
    asked.once('error', reject);
    asked.once('response', resolve);
    asked.end(payload);
  });
}

const maxTextBytes = 16 * 1024 * 1024;

export async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > maxTextBytes) throw new Error('the answer is larger than 16 MiB');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

export interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

export async function ask(url: string, question: HttpQuestion): Promise<TextAnswer> {
  const response = await exchange(url, question);
  return { status: response.statusCode ?? 0, text: await textOf(response) };
}

/** The status of a GET, or undefined when nobody answers in time. */
export async function statusOf(url: string, timeoutMs: number): Promise<number | undefined> {
  try {
    return (await ask(url, { timeoutMs })).status;
  } catch {
    return undefined;
  }
}
