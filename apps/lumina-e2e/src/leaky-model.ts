import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const secret = (what: string): string => `canary-secret-of-${what}-0123456789`;

/** What is planted before a stack starts, and must not be seen in anything that it tells. */
export const canaries = {
  environment: {
    LUMINA_API_KEYS: `${secret('a-client')}:acme:runs:read`,
    LUMINA_WEBHOOK_SECRET: secret('webhooks'),
    OPENAI_API_KEY: secret('openai'),
    ANTHROPIC_API_KEY: secret('anthropic'),
    LUMINA_SERPER_API_KEY: secret('search'),
  },
  secrets: ['a-client', 'webhooks', 'openai', 'anthropic', 'search'].map(secret),
  /** In tasks, headers, queries and bodies. */
  said: /canary-of-the-/,
};

/** A model that refuses everybody, and quotes the key and what it was asked in its refusal, as some do. */
export class LeakyModel {
  isAsked = false;
  /** While it lasts, the model only refuses runs, and says that it is there. */
  isMended = false;
  private server: Server | undefined;

  async start(): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.isAsked ||= request.method === 'POST';
        if (this.isMended && request.method === 'GET') return response.end('{"data":[{"id":"gpt-leaky"}]}');
        const message = `no such key: ${request.headers.authorization}; asked ${Buffer.concat(chunks).toString()}`;
        response
          .writeHead(401, { 'content-type': 'application/json' })
          .end(JSON.stringify({ error: { message } }));
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) =>
      this.server === undefined ? resolve(undefined) : this.server.close(resolve),
    );
  }
}
