import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How many frames of a stream are let through before its connection is destroyed; undefined: all. */
export type Cut = (method: string, path: string) => number | undefined;

/** A proxy before the gateway that breaks connections in the middle of streams, as networks do. */
export class CuttingProxy {
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(target: string, cut: Cut): Promise<CuttingProxy> {
    const server = createServer((incoming, outgoing) => pass(incoming, outgoing, { target, cut }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new CuttingProxy(server, `http://127.0.0.1:${port}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { target, cut }: { target: string; cut: Cut },
): void {
  const { method = 'GET', url = '/', headers } = incoming;
  const frames = cut(method, url);
  const onward = request(`${target}${url}`, { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    const isStream = answer.headers['content-type']?.startsWith('text/event-stream') === true;
    if (isStream && frames !== undefined) letThrough(answer, outgoing, frames);
    else answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

function letThrough(answer: IncomingMessage, outgoing: ServerResponse, frames: number): void {
  let held = '';
  let passed = 0;
  answer.setEncoding('utf8');
  answer.on('data', (chunk: string) => {
    held += chunk;
    for (let end = held.indexOf('\n\n'); end >= 0 && passed < frames; end = held.indexOf('\n\n')) {
      const block = held.slice(0, end + 2);
      held = held.slice(end + 2);
      outgoing.write(block);
      if (block.includes('data: ')) passed += 1;
    }
    // What was written must be on its way before the connection breaks.
    if (passed >= frames) setTimeout(() => outgoing.destroy(), 20);
  });
  answer.on('end', () => passed < frames && outgoing.end());
}
