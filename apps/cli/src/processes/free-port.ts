import { createServer } from 'node:net';

/** Listens for a moment: the port that was given, or undefined when it is taken. 0 asks for any. */
export function tryPort(port: number, host = '127.0.0.1'): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
  });
}

export async function freePort(host?: string): Promise<number> {
  const port = await tryPort(0, host);
  if (port === undefined) throw new Error(`no port is free on ${host ?? '127.0.0.1'}`);
  return port;
}
