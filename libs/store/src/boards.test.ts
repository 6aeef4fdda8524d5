import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ToolOffer } from '@lumina/contracts';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import type { Redis } from 'ioredis';
import { AgentLibrary } from './agent-library';
import { Cancellations } from './cancellations';
import { HealthBoard } from './health-board';
import { keys } from './keys';
import { MemoryRunStore } from './memory-run-store';
import { connected } from './testing/connection';
import { ToolCatalogue } from './tool-catalogue';

let server: ThrowawayRedis;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = await connected(server.port, 'read');
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(async () => {
  await redis.flushall();
});

describe('ToolCatalogue', () => {
  const offer = (name: string): ToolOffer => ({
    name,
    description: 'Reads.',
    parameters: { type: 'object' },
    risk: 'read',
    isIdempotent: true,
    timeoutMs: 1_000,
  });
  const names = async (catalogue: ToolCatalogue): Promise<string[]> =>
    [...(await catalogue.offers()).keys()].sort();

  it('shows what every executor offers', async () => {
    await new ToolCatalogue(redis).publish([offer('a'), offer('b')]);
    await new ToolCatalogue(redis).publish([offer('c')]);
    await new ToolCatalogue(redis).publish([]);
    const offers = await new ToolCatalogue(redis).offers();
    expect([...offers.keys()].sort()).toEqual(['a', 'b', 'c']);
    expect(offers.get('a')).toEqual(offer('a'));
  });

  it('forgets what nobody offers any more', async () => {
    await new ToolCatalogue(redis, 50).publish([offer('gone')]);
    await new ToolCatalogue(redis).publish([offer('kept')]);
    const reader = new ToolCatalogue(redis, 30_000, 0);
    await eventually('the offer lapsed', async () => (await names(reader)).join() === 'kept');
  });

  it('reads at most once in its cache life, but never rests on having found nothing', async () => {
    const reader = new ToolCatalogue(redis, 30_000, 60_000);
    expect(await names(reader)).toEqual([]);
    await reader.publish([offer('a')]);
    expect(await names(reader)).toEqual(['a']);
    await reader.publish([offer('b')]);
    expect(await names(reader)).toEqual(['a']);
    expect(await names(new ToolCatalogue(redis))).toEqual(['a', 'b']);
  });
});

describe('HealthBoard', () => {
  const snapshot = {
    status: 'degraded',
    checks: { llm: { isHealthy: false, detail: 'slow', latencyMs: 3, checkedAtMs: 1 } },
    atMs: 1,
  } as const;

  it('shows what was left on it, until nobody looks any more', async () => {
    expect(await new HealthBoard(redis).read()).toBeUndefined();
    await new HealthBoard(redis, 80).publish(snapshot);
    expect(await new HealthBoard(redis).read()).toEqual(snapshot);
    await eventually('it lapsed', async () => (await new HealthBoard(redis).read()) === undefined);
  });

  it('writes, reads back and leaves nothing behind', async () => {
    await new HealthBoard(redis).writeAndReadBack('n1');
    expect(await redis.keys('*')).toEqual([]);
  });

  it('says when what comes back is not what was written', async () => {
    const mended = {
      multi: () => ({
        set: () => ({
          get: () => ({
            del: () => ({
              exec: async () => [
                [null, 'OK'],
                [null, 'other'],
              ],
            }),
          }),
        }),
      }),
    };
    const board = new HealthBoard(mended as unknown as Redis);
    await expect(board.writeAndReadBack('n1')).rejects.toThrow(/did not come back/);
  });
});

describe('Cancellations', () => {
  it('tells those who watch the run, and nobody who stopped', async () => {
    const cancellations = new Cancellations(await connected(server.port, 'block'));
    await cancellations.start();
    const heard: string[] = [];
    const stopWatching = cancellations.watch('r1', () => heard.push('first'));
    cancellations.watch('r1', () => heard.push('second'));
    cancellations.watch('r2', () => heard.push('other'));
    await redis.publish(keys.control, 'r1');
    await eventually('both heard', () => heard.join() === 'first,second');
    stopWatching();
    stopWatching();
    await redis.publish(keys.control, 'r1');
    await redis.publish(keys.control, 'nobody');
    await eventually('one heard', () => heard.join() === 'first,second,second');
    cancellations.stop();
  });
});

describe('AgentLibrary', () => {
  const definition = (name: string): string => JSON.stringify({ name, description: 'd', instructions: 'i' });

  it('reads each definition once, and drops the oldest when it holds too many', async () => {
    const store = new MemoryRunStore();
    const asked: string[] = [];
    const library = new AgentLibrary({
      agent: (digest) => {
        asked.push(digest);
        return store.agent(digest);
      },
    });
    for (let index = 0; index <= 500; index += 1) await store.putAgent(`d${index}`, definition(`a${index}`));
    expect(await library.get('d0')).toMatchObject({ name: 'a0', tools: [] });
    await library.get('d0');
    expect(asked).toEqual(['d0']);
    for (let index = 1; index <= 500; index += 1) await library.get(`d${index}`);
    await library.get('d500');
    expect(asked).toHaveLength(501);
    await library.get('d0');
    expect(asked).toHaveLength(502);
  });

  it('throws for a definition that was promised and is not there', async () => {
    await expect(new AgentLibrary(new MemoryRunStore()).get('d')).rejects.toThrow(/no agent definition d/);
  });
});
