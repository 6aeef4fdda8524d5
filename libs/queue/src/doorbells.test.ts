import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Doorbell, QueueName } from '@lumina/contracts';
import { type ThrowawayRedis, eventually, startRedis } from '@lumina/testing';
import { Queue } from 'bullmq';
import type { RedisOptions } from 'ioredis';
import { DoorbellWorker } from './doorbell-worker';
import { drainWithin } from './drain';
import { queuePrefix } from './names';
import { type RingableItem, Ringer, bullConnection } from './ringer';

/** Opened by hand, so that a test says when a doorbell has been answered. */
class Gate {
  private letGo: () => void = () => {};
  readonly passed = new Promise<void>((resolve) => (this.letGo = resolve));
  open(): void {
    this.letGo();
  }
}

describe('doorbells', () => {
  let server: ThrowawayRedis;
  let connection: RedisOptions;
  let errors: unknown[];
  let ringer: Ringer;
  const workers: DoorbellWorker[] = [];

  beforeAll(async () => {
    server = await startRedis();
    connection = {
      host: '127.0.0.1',
      port: server.port,
      maxRetriesPerRequest: null,
      retryStrategy: () => 100,
    };
  });
  beforeEach(() => {
    errors = [];
    ringer = new Ringer(connection, (error) => errors.push(error));
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await ringer.close();
    const queues = (['steps', 'tools'] as const).map(openQueue);
    await Promise.all(queues.map((queue) => queue.obliterate({ force: true })));
    await Promise.all(queues.map((queue) => queue.close()));
  });
  afterAll(async () => {
    await server.stop();
  });

  const openQueue = (name: QueueName): Queue =>
    new Queue(name, { connection: bullConnection(connection), prefix: queuePrefix });

  async function answerWith(
    answer: (doorbell: Doorbell) => Promise<void>,
    queue: QueueName = 'steps',
    concurrency = 4,
  ): Promise<DoorbellWorker> {
    const onError = (error: unknown): void => void errors.push(error);
    const passOn = (items: readonly RingableItem[]): Promise<void> => ringer.queueUp(items);
    const worker = new DoorbellWorker({ queue, connection, concurrency, answer, onError, passOn });
    workers.push(worker);
    worker.start();
    await worker.ready();
    return worker;
  }

  it('are answered each, by the workers of their kind', async () => {
    const steps = new Set<string>();
    const tools = new Set<string>();
    await answerWith(async ({ run, item }) => void steps.add(`${run} ${item}`));
    await answerWith(async ({ run, item }) => void tools.add(`${run} ${item}`), 'tools');
    const runs = Array.from({ length: 100 }, (_, index) => `r${index}`);
    await ringer.ring(
      runs.flatMap((run) =>
        ['step:1', 'call:1.0', 'child:1.1'].map((item) => ({ run, item, v: 1, place: 1 })),
      ),
    );
    await eventually('all are answered', () => steps.size === 200 && tools.size === 100);
    expect([...tools].every((bell) => bell.endsWith('call:1.0'))).toBe(true);
    expect(errors).toEqual([]);
  });

  it('carry their contract and leave nothing behind', async () => {
    const heard: Doorbell[] = [];
    const worker = await answerWith(async (doorbell) => void heard.push(doorbell));
    await ringer.ring([{ run: 'r', item: 'step:3', v: 7, place: 1 }]);
    await eventually('it is answered', () => heard.length === 1 && worker.active === 0);
    expect(heard).toEqual([{ run: 'r', item: 'step:3', v: 7 }]);
    const queue = openQueue('steps');
    await eventually('no job is left', async () =>
      Object.values(await queue.getJobCounts()).every((count) => count === 0),
    );
    await queue.close();
  });

  it('wait to be counted until somebody answers', async () => {
    await ringer.ring([1, 2, 3].map((v) => ({ run: 'r', item: `call:1.${v}`, v, place: 1 })));
    expect([await ringer.waiting('tools'), await ringer.waiting('steps')]).toEqual([1, 0]);
    await answerWith(async () => {}, 'tools');
    await eventually('nobody waits', async () => (await ringer.waiting('tools')) === 0);
  });

  it('of a contract that the worker does not know are reported, and the next is answered', async () => {
    const heard: string[] = [];
    await answerWith(async ({ run }) => void heard.push(run));
    const queue = openQueue('steps');
    await queue.add('ring', { c: 3, bells: [{ run: 'from the future', item: 'step:1', v: 1 }] });
    await queue.add('ring', null);
    await queue.close();
    await ringer.ring([{ run: 'r', item: 'step:1', v: 1, place: 1 }]);
    await eventually('the known one is answered', () => heard.length === 1);
    await eventually('both others are reported', () => errors.length === 2);
    expect(String(errors[0])).toContain('unknown contract in queue steps');
    expect(heard).toEqual(['r']);
  });

  it('whose answer throws are reported once and not rung again, and the worker lives', async () => {
    const asked: string[] = [];
    const broken = new Error('no such luck');
    const worker = await answerWith(async ({ run }) => {
      asked.push(run);
      if (run === 'bad') throw broken;
    });
    await ringer.ring([{ run: 'bad', item: 'step:1', v: 1, place: 1 }]);
    await eventually('it is reported', () => errors.length === 1);
    await ringer.ring([{ run: 'good', item: 'step:1', v: 1, place: 1 }]);
    await eventually('the next is answered', () => asked.includes('good'));
    expect({ asked, errors, active: worker.active }).toMatchObject({
      asked: ['bad', 'good'],
      errors: [broken],
    });
    expect(worker.isRunning()).toBe(true);
  });

  it('that cannot be delivered are reported and forgotten', async () => {
    await expect(ringer.ring([{ run: 'r', item: 'nonsense', v: 1, place: 1 }])).resolves.toBeUndefined();
    expect(String(errors[0])).toContain('not a work item: nonsense');
  });

  it('of a tenant with a backlog wait behind those of others, and behind its shorter ones', async () => {
    const heard: string[] = [];
    const bell = (run: string, place: number) => ({ run, item: 'step:1', v: 1, place });
    await ringer.ring([
      bell('noisy 900', 900),
      bell('noisy 20', 20),
      bell('far', 99_000_000),
      bell('quiet', 8),
      bell('new', 0),
    ]);
    // Both quiet ones share a job.
    expect({ errors, waiting: await ringer.waiting('steps') }).toEqual({ errors: [], waiting: 4 });
    await answerWith(async ({ run }) => void heard.push(run), 'steps', 1);
    await eventually('all are answered', () => heard.length === 5);
    expect(heard).toEqual(['quiet', 'new', 'noisy 20', 'noisy 900', 'far']);
  });

  it('are answered so many at a time', async () => {
    const gate = new Gate();
    let most = 0;
    const worker = await answerWith(() => gate.passed, 'steps', 3);
    await ringer.ring(Array.from({ length: 9 }, (_, v) => ({ run: `r${v}`, item: 'step:1', v, place: 1 })));
    await eventually('three are in hand', () => {
      most = Math.max(most, worker.active);
      return most === 3;
    });
    gate.open();
    await eventually('all are answered', async () => {
      most = Math.max(most, worker.active);
      return worker.active === 0 && (await ringer.waiting('steps')) === 0;
    });
    expect(most).toBe(3);
  });

  it('that were rung for together are answered so many at a time, too', async () => {
    const gate = new Gate();
    const answered: string[] = [];
    const worker = await answerWith(
      async ({ run }) => {
        await gate.passed;
        answered.push(run);
      },
      'steps',
      2,
    );
    const runs = ['a', 'b', 'c', 'd', 'e'];
    await ringer.ring(runs.map((run) => ({ run, item: 'step:1', v: 1, place: 1 })));
    await eventually('two are in hand', () => worker.active === 2);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(worker.active).toBe(2);
    gate.open();
    await eventually('all are answered', () => answered.length === 5);
    expect(answered.toSorted()).toEqual(runs);
  });

  describe('while a worker drains', () => {
    it('are answered when in hand, and left to others when not', async () => {
      const gate = new Gate();
      const answered: string[] = [];
      const worker = await answerWith(
        async ({ run }) => {
          await gate.passed;
          answered.push(run);
        },
        'steps',
        1,
      );
      await ringer.ring([{ run: 'in hand', item: 'step:1', v: 1, place: 1 }]);
      await eventually('it is in hand', () => worker.active === 1);
      await ringer.ring([{ run: 'later', item: 'step:1', v: 1, place: 1 }]);
      let isDrained = false;
      const draining = worker.drain().then(() => (isDrained = true));
      expect(worker.isRunning()).toBe(false);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(isDrained).toBe(false);
      gate.open();
      await draining;
      expect(answered).toEqual(['in hand']);
      const others: string[] = [];
      await answerWith(async ({ run }) => void others.push(run));
      await eventually('another answers', () => others.join() === 'later');
    });

    it('are let go when they take too long', async () => {
      const letGo = new AbortController();
      const gone = new Promise<void>((resolve) => letGo.signal.addEventListener('abort', () => resolve()));
      const worker = await answerWith(() => gone);
      await ringer.ring([{ run: 'slow', item: 'step:1', v: 1, place: 1 }]);
      await eventually('it is in hand', () => worker.active === 1);
      const begun = performance.now();
      await drainWithin(worker, 150, letGo);
      expect(performance.now() - begun).toBeGreaterThanOrEqual(140);
      expect(letGo.signal.reason).toMatchObject({ message: 'the process is going' });
    });

    it('are not let go when they are answered in time', async () => {
      const letGo = new AbortController();
      const worker = await answerWith(async () => {});
      await drainWithin(worker, 60_000, letGo);
      expect(letGo.signal.aborted).toBe(false);
    });
  });
});
