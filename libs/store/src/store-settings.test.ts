import { describe, expect, it } from '@jest/globals';
import { parseSettings } from '@lumina/platform';
import { durabilityOf, leaseTimesOf, storeSettings, storeTimesOf } from './store-settings';

const read = (env: Record<string, string> = {}) => parseSettings(storeSettings, env);

describe('durabilityOf', () => {
  it.each([
    ['local without Sentinels', {}, false, 0],
    ['replicated with Sentinels', {}, true, 1],
    ['local where it is asked for', { LUMINA_DURABILITY: 'local' }, true, 0],
    ['replicated where it is asked for', { LUMINA_DURABILITY: 'replicated' }, false, 1],
    ['with as many replicas as asked for', { LUMINA_DURABILITY_REPLICAS: '2' }, true, 2],
    ['without replicas, however many, when local', { LUMINA_DURABILITY_REPLICAS: '2' }, false, 0],
  ])('is %s', (_, env, hasSentinels, replicas) => {
    expect(durabilityOf(read(env), hasSentinels)).toEqual({
      ...{ replicas, waitMs: 1_000, deadlineMs: 8_000, patienceMs: 30_000 },
    });
  });

  it('takes times as they are written', () => {
    const settings = read({ LUMINA_DURABILITY_WAIT: '250ms', LUMINA_STORE_DEADLINE: '2s' });
    expect(durabilityOf(settings, true)).toMatchObject({ replicas: 1, waitMs: 250, deadlineMs: 2_000 });
  });
});

it('is never less patient with finished work than with any other', () => {
  const settings = read({ LUMINA_STORE_PATIENCE: '1s', LUMINA_STORE_DEADLINE: '5s' });
  expect(durabilityOf(settings, true).patienceMs).toBe(5_000);
});

it('renews a lease thrice in its life', () => {
  expect(leaseTimesOf(read({ LUMINA_LEASE: '1s' }))).toEqual({
    leaseMs: 1_000,
    renewEveryMs: 333,
    gatherMs: 25,
  });
});

it('keeps events for as long as asked', () => {
  expect(storeTimesOf(read({ LUMINA_EVENTS_KEPT: '1h' })).eventsKeptMs).toBe(3_600_000);
});
