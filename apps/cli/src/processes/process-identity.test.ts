import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { waitUntil } from './delay';
import { freePort, tryPort } from './free-port';
import { identityOf, isAlive, parseProcStat, signal } from './process-identity';

describe('parseProcStat', () => {
  const rest = `S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20`;

  it.each(['node', 'a b', 'a) S 1 (b', ') Z ('])('is not led astray by a program named %j', (name) => {
    expect(parseProcStat(`42 (${name}) ${rest}`)).toEqual({ state: 'S', startTicks: '4711' });
  });

  it('answers undefined to what is none', () => {
    expect(parseProcStat('')).toBeUndefined();
  });
});

describe('an identity', () => {
  it('dies with its process', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const identity = identityOf(child.pid ?? 0);
    if (identity === undefined) throw new Error('it does not run');
    expect(isAlive(identity)).toBe(true);
    expect(signal(identity, 'SIGKILL')).toBe(true);
    await once(child, 'exit');
    expect(await waitUntil(() => !isAlive(identity), { timeoutMs: 2_000 })).toBe(true);
    expect(signal(identity, 'SIGKILL')).toBe(false);
  });

  it('is nobody’s for a number that is not in use', () => {
    expect(identityOf(2 ** 22 + 1)).toBeUndefined();
  });
});

describe('ports', () => {
  it('are seen to be free, and to be taken', async () => {
    const port = await freePort();
    expect(await tryPort(port)).toBe(port);
    const { createServer } = await import('node:net');
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    expect(await tryPort(port)).toBeUndefined();
    server.close();
  });

  it('cannot be had on an address that is not ours', async () => {
    await expect(freePort('192.0.2.1')).rejects.toThrow('no port is free');
  });
});
