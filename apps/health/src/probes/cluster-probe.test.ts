import { describe, expect, it } from '@jest/globals';
import { clusterProbe } from './cluster-probe';

const signal = new AbortController().signal;

describe('the cluster probe', () => {
  it('says that there is none', async () => {
    expect(await clusterProbe(undefined).run(signal)).toEqual({
      isHealthy: true,
      detail: 'not in a cluster',
    });
  });

  it('does not claim to have looked at one', async () => {
    expect((await clusterProbe('10.0.0.1').run(signal)).detail).toContain('not looked at');
  });
});
