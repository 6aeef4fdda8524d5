import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, type Server, type Socket, createServer as createTcpServer } from 'node:net';

export interface LoopbackServer {
  readonly port: number;
  readonly url: string;
  /** Connections that were made to it. */
  readonly connections: number;
  close(): Promise<void>;
}

async function listening(server: Server, host: string, onPort: number): Promise<LoopbackServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(onPort, host, () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** An HTTP server on loopback for one test. */
export const httpServer = (
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { host = '127.0.0.1', port = 0 } = {},
): Promise<LoopbackServer> => listening(createServer(answer), host, port);

/** One that speaks whatever bytes it likes. */
export const tcpServer = (
  serve: (socket: Socket) => void,
  { host = '127.0.0.1', port = 0 } = {},
): Promise<LoopbackServer> => listening(createTcpServer(serve), host, port);
