import { type Server, type Socket, connect, createServer } from 'node:net';

/** What stands between clients and a gateway, such as a load balancer: it can be cut while the gateway goes on. */
export class WayIn {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  constructor(
    private readonly port: number,
    private readonly gateway: URL,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async open(): Promise<void> {
    const server = createServer((client) => {
      const beyond = connect(Number(this.gateway.port), this.gateway.hostname);
      for (const [one, other] of [
        [client, beyond],
        [beyond, client],
      ] as const) {
        this.sockets.add(one);
        one.on('close', () => {
          this.sockets.delete(one);
          other.destroy();
        });
        one.on('error', () => one.destroy());
        one.pipe(other);
      }
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
  }

  async cut(): Promise<void> {
    const { server } = this;
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
    this.server = undefined;
  }
}
