import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePort, startRedis } from './throwaway-redis';

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

describe('startRedis', () => {
  it('runs until it is stopped, and stopping it again does no harm', async () => {
    const redis = await startRedis();
    expect(await isListening(redis.port)).toBe(true);
    await redis.stop();
    expect(await isListening(redis.port)).toBe(false);
    await redis.stop();
  });

  it('comes back on a port of choice', async () => {
    const port = await freePort();
    const redis = await startRedis([], port);
    expect(redis).toMatchObject({ port, url: `redis://127.0.0.1:${port}/0` });
    await redis.stop();
  });

  it('says when the server would not start', async () => {
    await expect(startRedis(['--databases', 'none'])).rejects.toThrow(/redis-server ended with 1/);
  });
});
