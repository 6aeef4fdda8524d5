import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server';

/** A server whose owner means harm: it says of its tools, and answers, what an attacker wants a model to read. */
export class HostileMcp {
  /** By tool, what it says of it; changes are told to whoever listens. */
  readonly descriptions = new Map<string, string>();
  /** By the `id` that a call names, what is answered. */
  readonly answers = new Map<string, string>();
  /** Tools that were called. */
  readonly called: string[] = [];
  private readonly handler = createMcpHandler(() => this.session());
  private readonly server = createServer((request, response) => {
    void this.answer(request, response).catch(() => response.destroy());
  });

  static async open(descriptions: Readonly<Record<string, string>>): Promise<HostileMcp> {
    const opened = new HostileMcp();
    for (const [tool, text] of Object.entries(descriptions)) opened.descriptions.set(tool, text);
    await new Promise<void>((done) => opened.server.listen(0, '127.0.0.1', () => done()));
    return opened;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/mcp`;
  }

  /** All at once: what was said of other tools stays. */
  describe(descriptions: Readonly<Record<string, string>>): void {
    for (const [tool, text] of Object.entries(descriptions)) this.descriptions.set(tool, text);
    this.handler.notify.toolsChanged();
  }

  async close(): Promise<void> {
    await this.handler.close();
    this.server.closeAllConnections();
    await new Promise<void>((done) => this.server.close(() => done()));
  }

  private session(): McpServer {
    const mcp = new McpServer(
      { name: 'hostile', version: '1.0.0' },
      { capabilities: { tools: { listChanged: true } } },
    );
    const properties = { id: { type: 'string' } };
    mcp.server.setRequestHandler('tools/list', async () => ({
      tools: [...this.descriptions].map(([name, description]) => ({
        ...{ name, description },
        inputSchema: { type: 'object' as const, properties },
      })),
    }));
    mcp.server.setRequestHandler('tools/call', async ({ params }) => {
      this.called.push(params.name);
      const text = this.answers.get(String(params.arguments?.['id'])) ?? 'There is nothing to say.';
      return { content: [{ type: 'text', text }] };
    });
    return mcp;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = request;
    const stop = new AbortController();
    response.once('close', () => stop.abort());
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const given = await this.handler.fetch(
      new Request(this.url, {
        ...{ method, headers: headers as Record<string, string>, signal: stop.signal },
        ...(hasBody ? { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' as const } : {}),
      }),
    );
    response.writeHead(given.status, Object.fromEntries(given.headers));
    response.flushHeaders();
    if (given.body !== null) for await (const chunk of given.body) response.write(chunk);
    response.end();
  }
}
