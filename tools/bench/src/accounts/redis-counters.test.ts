import { describe, expect, it } from '@jest/globals';
import { parseCounters, redisPerRun } from './redis-counters';

const info = (figures: Readonly<Record<string, string | number>>) =>
  parseCounters(new Map(Object.entries(figures).map(([name, value]) => [name, String(value)])));

describe('redisPerRun', () => {
  it('has what has come since, for one run, the most frequent first', () => {
    const before = info({
      cmdstat_hget: 'calls=10,usec=20,usec_per_call=2.00,rejected_calls=0,failed_calls=0',
      total_reads_processed: 100,
      total_net_input_bytes: 1_000,
      used_memory: 5_000,
      aof_current_size: 10,
    });
    const after = info({
      cmdstat_hget: 'calls=30,usec=60,usec_per_call=2.00,rejected_calls=0,failed_calls=0',
      'cmdstat_script|load': 'calls=1,usec=5',
      cmdstat_evalsha: 'calls=50,usec=500,usec_per_call=10.00',
      cmdstat_info: 'calls=7,usec=700',
      total_reads_processed: 180,
      total_net_input_bytes: 3_000,
      used_memory: 9_000,
      aof_current_size: 50,
    });
    const found = redisPerRun(before, after, 10);
    expect(found).toMatchObject({ commands: 7.1, reads: 8, inputBytes: 200, memoryBytes: 400, aofBytes: 4 });
    expect(Object.entries(found.byCommand)).toEqual([
      ['evalsha', 5],
      ['hget', 2],
      ['script|load', 0.1],
    ]);
    expect(found.usecByCommand['evalsha']).toBe(50);
  });

  it('takes what replicas acknowledge for no round trip', () => {
    const after = info({ cmdstat_replconf: 'calls=10,usec=9', total_reads_processed: 18 });
    expect(redisPerRun(info({}), after, 1)).toMatchObject({ reads: 8, byCommand: { replconf: 10 } });
  });

  it('does not count the questions of the measurement', () => {
    const after = info({ cmdstat_info: 'calls=7,usec=700', cmdstat_get: 'calls=1,usec=1' });
    expect(redisPerRun(info({}), after, 1).byCommand).toEqual({ get: 1 });
  });

  it('says nothing about a file that is not there or was rewritten meanwhile', () => {
    expect(redisPerRun(info({}), info({}), 1).aofBytes).toBeUndefined();
    const rewritten = redisPerRun(info({ aof_current_size: 90 }), info({ aof_current_size: 10 }), 1);
    expect(rewritten.aofBytes).toBeUndefined();
  });
});
