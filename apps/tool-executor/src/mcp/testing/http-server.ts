import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { type CallToolResult, McpServer, createMcpHandler } from '@modelcontextprotocol/server';

export interface ListedTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
}

export interface HttpServerBench {
  readonly url: string;
  readonly port: number;
  /** What it lists; to be changed while it runs. */
  tools: readonly ListedTool[];
  run: (tool: string, args: Readonly<Record<string, unknown>>) => CallToolResult | Promise<CallToolResult>;
  /** Before the protocol gets a request: true when it was dealt with. */
  intercept: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly calls: string[];
  readonly headers: IncomingMessage['headers'][];
  lists: number;
  /** Says to whoever listens that the tools have changed. */
  changed(): void;
  stop(): Promise<void>;
}

export const said = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] });
export const plainTool = (name: string, description = `It is ${name}.`): ListedTool => ({
  ...{ name, description },
  inputSchema: { type: 'object', properties: { q: { type: 'string' } } },
});

/** A real MCP server over streamable HTTP on loopback, for tests; what it lists and does is the test's to say. */
export async function startHttpServer(tools: readonly ListedTool[], onPort = 0): Promise<HttpServerBench> {
  const handler = createMcpHandler(() => {
    const mcp = new McpServer(
      { name: 'http', version: '1.0.0' },
      { capabilities: { tools: { listChanged: true } } },
    );
    const { server } = mcp;
    server.setRequestHandler('tools/list', async () => {
      bench.lists += 1;
      return { tools: bench.tools as never };
    });
    server.setRequestHandler('tools/call', async ({ params }) => {
      bench.calls.push(params.name);
      return bench.run(params.name, params.arguments ?? {});
    });
    return mcp;
  });
  const listener = createServer((request, response) => {
    bench.headers.push(request.headers);
    if (bench.intercept(request, response)) return;
    void answer(handler.fetch, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(onPort, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const bench: HttpServerBench = {
    ...{ url: `http://127.0.0.1:${port}/mcp`, port, tools, lists: 0, calls: [], headers: [] },
    run: (tool) => said(`${tool} ran`),
    intercept: () => false,
    changed: () => handler.notify.toolsChanged(),
    stop: async () => {
      await handler.close();
      await new Promise<void>((resolve) => {
        listener.close(() => resolve());
        listener.closeAllConnections();
      });
    },
  };
  return bench;
}

async function answer(
  serve: (request: Request) => Promise<Response>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const stop = new AbortController();
  response.once('close', () => stop.abort());
  const asked = new Request(`http://127.0.0.1${url}`, {
    method,
    headers: headers as Record<string, string>,
    signal: stop.signal,
    ...(hasBody ? { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' as const } : {}),
  });
  const given = await serve(asked);
  response.writeHead(given.status, Object.fromEntries(given.headers));
  response.flushHeaders();
  if (given.body === null) return void response.end();
  for await (const chunk of given.body) response.write(chunk);
  response.end();
}
