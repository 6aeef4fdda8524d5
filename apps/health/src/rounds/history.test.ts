import type { HealthSnapshot } from '@lumina/contracts';
import { describe, expect, it } from '@jest/globals';
import { History, type Transition, transitionsBetween } from './history';

const snapshot = (
  status: HealthSnapshot['status'],
  checks: Readonly<Record<string, boolean>>,
  atMs = 1,
): HealthSnapshot => ({
  status,
  checks: Object.fromEntries(
    Object.entries(checks).map(([name, isHealthy]) => [
      name,
      { isHealthy, detail: `${name} ${isHealthy ? 'up' : 'down'}`, latencyMs: 0, checkedAtMs: 0 },
    ]),
  ),
  atMs,
});

describe('transitions', () => {
  it('are none while nothing changes', () => {
    const before = snapshot('degraded', { redis: true, llm: false });
    expect(transitionsBetween(before, snapshot('degraded', { redis: true, llm: false }, 2))).toEqual([]);
  });

  it('begin with the status and with what is not well', () => {
    expect(transitionsBetween(undefined, snapshot('degraded', { redis: true, llm: false }))).toEqual([
      { atMs: 1, subject: 'check:llm', from: 'unknown', to: 'unhealthy', detail: 'llm down' },
      { atMs: 1, subject: 'status', from: 'unknown', to: 'degraded', detail: 'failing: llm' },
    ]);
  });

  it('tell a fall and a recovery', () => {
    const well = snapshot('healthy', { redis: true });
    const ill = snapshot('unhealthy', { redis: false }, 2);
    expect(transitionsBetween(well, ill).map(({ subject, from, to }) => [subject, from, to])).toEqual([
      ['check:redis', 'healthy', 'unhealthy'],
      ['status', 'healthy', 'unhealthy'],
    ]);
    expect(transitionsBetween(ill, well).map(({ detail }) => detail)).toEqual([
      'redis up',
      'every check is well',
    ]);
  });

  it('tell a check that fell while the status stood', () => {
    const before = snapshot('degraded', { llm: false, disk: true });
    const changes = transitionsBetween(before, snapshot('degraded', { llm: false, disk: false }));
    expect(changes.map(({ subject }) => subject)).toEqual(['check:disk']);
  });
});

describe('the history', () => {
  it('keeps the last hundred, oldest first', () => {
    const history = new History();
    const transition = (atMs: number): Transition => ({
      atMs,
      subject: 'status',
      from: 'healthy',
      to: 'degraded',
      detail: '',
    });
    for (let atMs = 1; atMs <= 150; atMs += 1) history.add([transition(atMs)]);
    expect(history.transitions).toHaveLength(100);
    expect(history.transitions[0]?.atMs).toBe(51);
    expect(history.transitions.at(-1)?.atMs).toBe(150);
  });
});
