import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type ThrowawayRedis, startRedis } from '@lumina/testing';
import { barsOf } from '../bars/bars';
import { beyondTimeoutMs } from '../bars/models-bars';
import { printedBy } from './json-program';
import { modelsFindingSchema } from './models-work';

jest.setTimeout(120_000);

const program = resolve(__dirname, '../../models/main.mjs');

describe('what Lumina adds to a call of a model', () => {
  let redis: ThrowawayRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('is measured on a real Redis, with each way for a first model to be no good', async () => {
    const options = ['--rounds', '1', '--steps', '20', '--redis', `local=127.0.0.1:${redis.port}=0`];
    const told: string[] = [];
    const context = { progress: (text: string) => told.push(text), signal: new AbortController().signal };
    const models = modelsFindingSchema.parse(await printedBy('models', [program, ...options], context));
    expect(Object.keys(models.fallback[0] ?? {})).toEqual(
      expect.arrayContaining(['refuses connections', 'dies after 1 tokens', 'hangs', 'drips slowly']),
    );
    // Ten times what is usual where other tests run beside it; a time-out that is not kept takes longer.
    expect(beyondTimeoutMs(models)).toBeLessThan(5_000);
    expect(barsOf({ models }).map(({ what }) => what)).toHaveLength(4);
    expect(told.at(-1)).toContain('no good');
  });

  it('is not told when it could not be measured', async () => {
    const context = { progress: () => undefined, signal: new AbortController().signal };
    await expect(printedBy('models', [program, '--redis', 'nonsense'], context)).rejects.toThrow(
      'models could not be measured',
    );
  });
});
