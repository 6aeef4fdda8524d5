import { Pool } from 'undici';

/** Posts JSON over kept-alive connections, with as little work a request as can be. */
export class JsonClient {
  private readonly pool: Pool;

  constructor(
    origin: string,
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {
    this.pool = new Pool(origin, { pipelining: 1, connections: null, headersTimeout: 0, bodyTimeout: 0 });
  }

  /**
   * @throws Error on anything but 200
   */
  async post(path: string, body: string): Promise<unknown> {
    const answer = await this.pool.request({
      path,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.headers },
      body,
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${text.slice(0, 200)}`);
    return JSON.parse(text);
  }

  async get(path: string): Promise<unknown> {
    const answer = await this.pool.request({ path, method: 'GET', headers: this.headers });
    return answer.body.json();
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}
