import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from './eventually';
import { type TcpProxy, startTcpProxy } from './tcp-proxy';

/** Answers each piece with the same piece, and remembers what came. */
class EchoServer {
  readonly heard: string[] = [];
  private constructor(private readonly server: Server) {}

  static async start(): Promise<EchoServer> {
    const server = createServer();
    const echo = new EchoServer(server);
    server.on('connection', (socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk) => {
        echo.heard.push(chunk.toString());
        socket.write(chunk);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return echo;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  stop(): void {
    this.server.close();
  }
}

class Client {
  received = '';
  isClosed = false;
  readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    this.socket.on('close', () => (this.isClosed = true));
    this.socket.on('data', (chunk) => (this.received += chunk.toString()));
  }

  has(text: string): Promise<boolean> {
    return eventually(`the client received ${text}`, () => this.received === text);
  }
}

describe('startTcpProxy', () => {
  let echo: EchoServer;
  let proxy: TcpProxy;
  const clients: Client[] = [];
  const dial = (): Client => {
    const client = new Client(proxy.port);
    clients.push(client);
    return client;
  };

  beforeEach(async () => {
    echo = await EchoServer.start();
    proxy = await startTcpProxy(echo.port);
  });
  afterEach(async () => {
    for (const { socket } of clients.splice(0)) socket.destroy();
    await proxy.stop();
    echo.stop();
  });

  it('relays both ways', async () => {
    const client = dial();
    client.socket.write('hello');
    await client.has('hello');
  });

  it('cuts what is open and relays what comes after', async () => {
    const before = dial();
    before.socket.write('a');
    await before.has('a');
    proxy.cut();
    await eventually('the connection is broken', () => before.isClosed);
    const after = dial();
    after.socket.write('b');
    await after.has('b');
  });

  it('lets nothing pass while it hangs, for old connections and new ones, and all of it afterwards', async () => {
    const old = dial();
    old.socket.write('1');
    await old.has('1');
    proxy.hang();
    const fresh = dial();
    old.socket.write('2');
    fresh.socket.write('3');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(echo.heard).toEqual(['1']);
    expect([old.isClosed, fresh.isClosed]).toEqual([false, false]);
    proxy.resume();
    await old.has('12');
    await fresh.has('3');
  });

  it('holds bytes back in order', async () => {
    const client = dial();
    proxy.delay(50);
    const begun = performance.now();
    client.socket.write('a');
    await eventually('the server heard of it', () => echo.heard.length === 1);
    proxy.delay(1);
    client.socket.write('b');
    await client.has('ab');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(50);
  });

  it('holds back even what was on its way when it began to hang', async () => {
    const client = dial();
    proxy.delay(30);
    client.socket.write('a');
    await new Promise((resolve) => setTimeout(resolve, 15));
    proxy.hang();
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(echo.heard).toEqual([]);
    proxy.resume();
    await client.has('a');
  });

  it('loses one reply, with its connection, though the server acted', async () => {
    const client = dial();
    proxy.loseNextReply();
    client.socket.write('x');
    await eventually('the connection is broken', () => client.isClosed);
    expect({ received: client.received, heard: echo.heard }).toEqual({ received: '', heard: ['x'] });
    const next = dial();
    next.socket.write('y');
    await next.has('y');
  });

  it('ends the client when the server ends', async () => {
    const client = dial();
    client.socket.write('x');
    await client.has('x');
    await proxy.stop();
    await eventually('the connection is over', () => client.isClosed);
    proxy = await startTcpProxy(echo.port);
  });

  it('breaks the connection when nobody listens behind it', async () => {
    await proxy.stop();
    proxy = await startTcpProxy(1);
    const client = dial();
    await eventually('the connection is broken', () => client.isClosed);
  });
});
