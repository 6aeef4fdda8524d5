import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { dataFolder, makeDataFolder } from '../data/data-folder';
import { inFolder } from '../data/temporary-folder';
import { configureEmbeddedRedis, redisAddress, redisFault } from './embedded-redis';

async function withServer(
  onSocket: (socket: Socket) => void,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

const address = (port: number) => ({ host: '127.0.0.1', port, password: 'pw' });

describe('the embedded Redis', () => {
  it('has its password in files of its owner only, and keeps it', () =>
    inFolder((folder) => {
      const data = dataFolder('a "quoted" \\ folder', { env: {}, cwd: folder });
      makeDataFolder(data);
      const redis = configureEmbeddedRedis(data, 1234);
      const config = readFileSync(redis.configFile, 'utf8');
      expect(config).toContain(`requirepass ${redis.password}\n`);
      expect(config).toContain('dir "');
      expect(config).toContain('\\"quoted\\" \\\\ folder');
      expect(redis.password).toMatch(/^\w{40}$/);
      for (const path of [redis.configFile, redis.passwordFile])
        expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(configureEmbeddedRedis(data, 1235).password).toBe(redis.password);
    }));
});

describe('redisFault', () => {
  it('finds nothing wrong with a Redis that answers in pieces', () =>
    withServer(
      (socket) => {
        socket.once('data', (asked) => {
          expect(asked.toString()).toBe('*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n*1\r\n$4\r\nPING\r\n');
          socket.write('+OK\r\n+PO');
          setTimeout(() => socket.write('NG\r\n'), 20);
        });
      },
      async (port) => {
        expect(await redisFault(address(port), 1_000)).toBeUndefined();
      },
    ));

  it('tells what Redis refuses with', () =>
    withServer(
      (socket) => socket.write('+OK\r\n-LOADING Redis is loading\r\n'),
      async (port) => {
        expect(await redisFault(address(port), 1_000)).toBe('LOADING Redis is loading');
      },
    ));

  it('gives up on one that says nothing, or hangs up, or is not there', async () => {
    await withServer(
      () => undefined,
      async (port) => {
        expect(await redisFault(address(port), 100)).toContain('no answer');
      },
    );
    await withServer(
      (socket) => socket.end(),
      async (port) => {
        expect(await redisFault(address(port), 1_000)).toContain('closed');
      },
    );
    expect(await redisFault(address(1), 1_000)).toBe('ECONNREFUSED');
  });
});

describe('redisAddress', () => {
  it('reads a URL', () => {
    expect(redisAddress('redis://u:p%40s@h:7000/0')).toEqual({
      host: 'h',
      port: 7000,
      username: 'u',
      password: 'p@s',
    });
    expect(redisAddress('redis://[::1]', 'pw')).toEqual({ host: '::1', port: 6379, password: 'pw' });
    expect(redisAddress('redis://h')).toEqual({ host: 'h', port: 6379 });
  });
});
