import { describe, expect, it } from '@jest/globals';
import { type AgedQueue, type QueueLook, queuesProbe } from './queues-probe';

const signal = new AbortController().signal;
const nowMs = 1_000_000;

const lookAt = async (queues: readonly QueueLook[]) => {
  const told: (readonly AgedQueue[] | undefined)[] = [];
  const probe = queuesProbe({
    look: async () => queues,
    maxAgeMs: 60_000,
    onLook: (seen) => void told.push(seen),
    nowMs: () => nowMs,
  });
  return { told, finding: await probe.run(signal) };
};

const steps = (waiting: number, oldestAtMs: number | undefined): QueueLook => ({
  queue: 'steps',
  jobs: { waiting, active: 1 },
  oldestAtMs,
});

describe('the queues probe', () => {
  it('is well while nothing waits', async () => {
    const { finding } = await lookAt([steps(0, undefined)]);
    expect(finding).toEqual({ isHealthy: true, detail: 'steps: 0 waiting' });
  });

  it('bears a doorbell that waits for just so long', async () => {
    const { finding } = await lookAt([steps(2, nowMs - 60_000)]);
    expect(finding).toEqual({ isHealthy: true, detail: 'steps: 2 waiting, the oldest for 60.0 s' });
  });

  it('finds fault with one that waits longer', async () => {
    const { finding } = await lookAt([steps(2, nowMs - 60_001), { ...steps(0, undefined), queue: 'tools' }]);
    expect(finding.isHealthy).toBe(false);
    expect(finding.detail).toBe(
      'steps: 2 waiting, the oldest for 60.0 s: no worker takes it; tools: 0 waiting',
    );
  });

  it('takes a doorbell from the future for a new one', async () => {
    const { finding, told } = await lookAt([steps(1, nowMs + 5_000)]);
    expect(finding.isHealthy).toBe(true);
    expect(told).toEqual([[{ ...steps(1, nowMs + 5_000), oldestAgeMs: 0 }]]);
  });

  it('says that nothing was seen when the queues cannot be read', async () => {
    const told: unknown[] = [];
    const look = () => Promise.reject(new Error('no connection'));
    const probe = queuesProbe({ look, maxAgeMs: 60_000, onLook: (seen) => void told.push(seen) });
    await expect(probe.run(signal)).rejects.toThrow('no connection');
    expect(told).toEqual([undefined]);
  });
});
