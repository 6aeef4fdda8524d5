import { describe, expect, it } from '@jest/globals';
import { checkpointerProbe } from './checkpointer-probe';

const signal = new AbortController().signal;

describe('the checkpointer probe', () => {
  it('writes another nonce each time', async () => {
    const written: string[] = [];
    const writeAndReadBack = async (nonce: string): Promise<void> => void written.push(nonce);
    let count = 0;
    const probe = checkpointerProbe({ writeAndReadBack }, () => `nonce-${++count}`);
    expect(await probe.run(signal)).toEqual({ isHealthy: true, detail: 'what is written comes back' });
    await probe.run(signal);
    expect(written).toEqual(['nonce-1', 'nonce-2']);
    expect(probe.isCritical).toBe(true);
  });

  it('lets the fault of the store out', async () => {
    const writeAndReadBack = () => Promise.reject(new Error('MISCONF no space'));
    const probe = checkpointerProbe({ writeAndReadBack }, () => 'nonce');
    await expect(probe.run(signal)).rejects.toThrow('MISCONF');
  });
});
