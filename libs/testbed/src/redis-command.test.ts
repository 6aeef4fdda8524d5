import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { redisCommand } from './redis-command';

describe('redisCommand', () => {
  it('gives up on one that says nothing, and on one that is not there', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    await expect(redisCommand({ host: '127.0.0.1', port }, 'PING')).rejects.toThrow();
    silent.close();
    await expect(redisCommand({ host: '127.0.0.1', port }, 'PING')).rejects.toThrow();
  });
});
