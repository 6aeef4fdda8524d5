import { type createService, parseSettings } from '@lumina/platform';
import { DurableWriter, RedisRunStore } from '@lumina/store';
import { Redis } from 'ioredis';
import { register } from 'prom-client';
import { createGateway } from '../application';
import { openApiDocument } from '../docs';
import { gatewaySettings } from '../settings';
import { type SseFrame, readFrames } from './sse';

export const keys = {
  acme: 'acme-key-0001',
  rival: 'rival-key-0001',
  reader: 'reader-key-0001',
  writer: 'writer-key-0001',
} as const;

export interface Call {
  readonly key?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** For tests: a whole gateway on a Redis, with a client, and the store that its workers would use. */
export class GatewayBench {
  private constructor(
    readonly app: Awaited<ReturnType<typeof createService>>,
    readonly url: string,
    readonly store: RedisRunStore,
    private readonly client: Redis,
  ) {}

  static async start(redisUrl: string, env: Readonly<Record<string, string>> = {}): Promise<GatewayBench> {
    // Several gateways in one process would register the same metrics.
    register.clear();
    const settings = parseSettings(gatewaySettings, {
      LUMINA_REDIS_URL: redisUrl,
      LUMINA_API_KEYS: `${keys.acme}:acme,${keys.rival}:rival,${keys.reader}:acme:runs:read,${keys.writer}:acme:runs:write`,
      LUMINA_LOG_LEVEL: 'silent',
      LUMINA_MAX_BODY: '16KiB',
      LUMINA_HEARTBEAT: '100ms',
      ...env,
    });
    const app = await createGateway(settings);
    await app.listen(0, '127.0.0.1');
    const client = new Redis(redisUrl, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    const writer = new DurableWriter(client, { replicas: 0, waitMs: 500, deadlineMs: 8_000 });
    return new GatewayBench(app, await app.getUrl(), new RedisRunStore(writer, client), client);
  }

  document() {
    return openApiDocument(this.app);
  }

  fetch(route: string, { key = keys.acme, body, headers = {}, signal }: Call = {}): Promise<Response> {
    const [method = 'GET', path = '/'] = route.split(' ');
    const hasBody = body !== undefined;
    return fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(key === '' ? {} : { 'x-api-key': key }),
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(hasBody ? { body: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** One call, for example `POST /chat`; by a key of the tenant acme that may do everything unless another is given. */
  async call(route: string, call: Call = {}): Promise<Answer> {
    const response = await this.fetch(route, call);
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    const json = (isJson ? JSON.parse(text) : {}) as Answer['json'];
    return { status: response.status, headers: response.headers, text, json };
  }

  /** A stream to its end. */
  async frames(route: string, call: Call = {}): Promise<readonly SseFrame[]> {
    const { status, text } = await this.call(route, call);
    if (status !== 200) throw new Error(`${route} was answered with ${status}: ${text}`);
    return readFrames(text);
  }

  async stop(): Promise<void> {
    const server = this.app.getHttpServer();
    const closing = this.app.close();
    // Clients open connections ahead; one that was never used is not idle to Node, and would hold the server open.
    server.closeAllConnections();
    await closing;
    this.client.disconnect();
  }
}
