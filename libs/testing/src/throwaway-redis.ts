import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ThrowawayRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A free port of the loopback interface. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/**
 * A real Redis of its own port and directory, for one test file. `args` are added to its command line; `onPort` is for one
 * that comes back where another was.
 *
 * @throws Error when redis-server is missing or does not come up within ten seconds
 */
export async function startRedis(args: readonly string[] = [], onPort?: number): Promise<ThrowawayRedis> {
  const port = onPort ?? (await freePort());
  const directory = await mkdtemp(join(tmpdir(), 'lumina-redis-'));
  const fixed = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const server = spawn('redis-server', [...fixed, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  await accepting(server);
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    pid: server.pid ?? 0,
    stop: async () => {
      await ended(server);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function accepting(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('redis-server did not come up within 10 s')), 10_000);
    const settle = (outcome: () => void): void => {
      clearTimeout(timer);
      outcome();
    };
    server.once('error', (error) => settle(() => reject(error)));
    server.once('exit', (code) => settle(() => reject(new Error(`redis-server ended with ${String(code)}`))));
    server.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.includes('Ready to accept connections')) settle(resolve);
    });
  });
}

function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.removeAllListeners('exit');
    server.once('exit', () => resolve());
    server.kill('SIGKILL');
  });
}
