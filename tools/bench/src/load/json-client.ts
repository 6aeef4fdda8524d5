import { createParser } from 'eventsource-parser';
import { type Dispatcher, Pool } from 'undici';

type Json = Readonly<Record<string, unknown>> | readonly unknown[] | string | number | boolean | null;

export interface StreamedEvent {
  readonly event: string | undefined;
  readonly data: string;
}

/** Posts JSON over kept-alive connections, with as little work a request as can be. */
export class JsonClient {
  private readonly pool: Pool;

  constructor(
    origin: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {
    this.pool = new Pool(origin, { pipelining: 1, connections: null, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** @throws Error on anything but 200 */
  async post(path: string, body: string): Promise<unknown> {
    const answer = await this.request(path, body);
    return JSON.parse(await answer.body.text());
  }

  /**
   * Reads an event stream to its end.
   *
   * @returns how many bytes it had
   * @throws Error on anything but 200
   */
  async events(path: string, body: string, onEvent: (event: StreamedEvent) => void): Promise<number> {
    const answer = await this.request(path, body);
    const parser = createParser({ onEvent: ({ event, data }) => onEvent({ event, data }) });
    let bytes = 0;
    for await (const chunk of answer.body.setEncoding('utf8') as AsyncIterable<string>) {
      bytes += Buffer.byteLength(chunk);
      parser.feed(chunk);
    }
    return bytes;
  }

  async get(path: string): Promise<Json> {
    const answer = await this.pool.request({ path, method: 'GET', headers: this.headers });
    return (await answer.body.json()) as Json;
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  private async request(path: string, body: string): Promise<Dispatcher.ResponseData> {
    const headers = { 'content-type': 'application/json', ...this.headers };
    const answer = await this.pool.request({ path, method: 'POST', headers, body });
    if (answer.statusCode === 200) return answer;
    throw new Error(`${answer.statusCode}: ${(await answer.body.text()).slice(0, 200)}`);
  }
}
