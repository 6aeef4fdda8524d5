import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/**
 * A TCP relay on the loopback interface that can fail as networks do. Invariants:
 *
 * X1 Bytes that pass, pass in order and unchanged, whatever delay is set meanwhile.
 * X2 While it hangs, connections are accepted and stay open, and nothing passes either way.
 */
export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection now; new ones are relayed. */
  cut(): void;
  hang(): void;
  /** Holds what passes from now on back for `delayMs`, each way. */
  delay(delayMs: number): void;
  /** What the server says next is lost, and with it the connection that it was said on. */
  loseNextReply(): void;
  /** Ends hanging and delaying. */
  resume(): void;
  stop(): Promise<void>;
}

const lookAgainMs = 5;

interface Faults {
  isHanging: boolean;
  isLosingReply: boolean;
  delayMs: number;
}

/** Relays to `targetPort` of the loopback interface, which need not be listening yet. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const faults: Faults = { isHanging: false, isLosingReply: false, delayMs: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    for (const socket of [client, target]) keep(socket, sockets, faults);
    relay(client, target, () => faults);
    relay(target, client, () => faults);
    target.prependListener('data', () => {
      if (!faults.isLosingReply) return;
      faults.isLosingReply = false;
      client.destroy();
      target.destroy();
    });
  });
  await listening(server);
  const each = (act: (socket: Socket) => void): void => sockets.forEach(act);
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => each((socket) => socket.destroy()),
    hang: () => {
      faults.isHanging = true;
      each((socket) => socket.pause());
    },
    delay: (delayMs) => void (faults.delayMs = delayMs),
    loseNextReply: () => void (faults.isLosingReply = true),
    resume: () => {
      faults.isHanging = false;
      faults.delayMs = 0;
      each((socket) => socket.resume());
    },
    stop: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      each((socket) => socket.destroy());
      return closed;
    },
  };
}

function keep(socket: Socket, sockets: Set<Socket>, faults: Faults): void {
  sockets.add(socket);
  socket.setNoDelay(true);
  socket.once('close', () => sockets.delete(socket));
  // A connection that breaks is what this is for; its peer is told by `relay`.
  socket.on('error', () => socket.destroy());
  if (faults.isHanging) socket.pause();
}

function relay(from: Socket, to: Socket, faults: () => Faults): void {
  const held: Buffer[] = [];
  const passOne = (): void => {
    if (faults().isHanging) return void setTimeout(passOne, lookAgainMs);
    const chunk = held.shift();
    if (chunk !== undefined && !to.destroyed) to.write(chunk);
  };
  from.on('data', (chunk: Buffer) => {
    if (from.destroyed) return;
    held.push(chunk);
    const { delayMs } = faults();
    if (delayMs > 0 || held.length > 1) setTimeout(passOne, delayMs);
    else passOne();
  });
  from.once('close', () => {
    // What was received before is still delivered.
    if (!to.destroyed) to.end(Buffer.concat(held.splice(0)));
  });
}

const listening = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
