import { beforeEach, describe, expect, it } from '@jest/globals';
import { Chime, type PlacedBell, type RingJob, jobsOf } from './chime';

const bell = (run: string, priority = 0): PlacedBell => ({
  bell: { run, item: 'step:1', v: 1 },
  place: 1,
  priority,
});
const runsOf = ({ data }: RingJob): readonly string[] =>
  data.c === 2 ? data.bells.map(({ run }) => run) : [data.run];

/** A queue whose every delivery is answered by hand. */
class HandQueue {
  readonly deliveries: (readonly PlacedBell[])[] = [];
  private readonly open: { resolve: () => void; reject: (error: Error) => void }[] = [];

  readonly deliver = (bells: readonly PlacedBell[]): Promise<void> => {
    this.deliveries.push(bells);
    return new Promise((resolve, reject) => this.open.push({ resolve, reject }));
  };

  async answer(error?: Error): Promise<void> {
    const next = this.open.shift();
    if (next === undefined) throw new Error('nothing is being delivered');
    if (error === undefined) next.resolve();
    else next.reject(error);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }

  get delivered(): readonly (readonly string[])[] {
    return this.deliveries.map((bells) => bells.map(({ bell: { run } }) => run));
  }
}

describe('Chime', () => {
  let queue: HandQueue;
  let chime: Chime;
  let undelivered: unknown[];
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

  beforeEach(() => {
    queue = new HandQueue();
    undelivered = [];
    chime = new Chime({
      deliver: queue.deliver,
      onUndelivered: (error) => undelivered.push(error),
      gatherMs: 0,
    });
  });

  it('delivers the first at once, and together what is rung for meanwhile', async () => {
    void chime.ring([bell('a')]);
    await turn();
    for (const run of ['b', 'c', 'd']) void chime.ring([bell(run)]);
    await turn();
    expect(queue.delivered).toEqual([['a']]);
    await queue.answer();
    expect(queue.delivered).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('tells who rang when the doorbell was delivered, and not before', async () => {
    let told = '';
    void chime.ring([bell('a')]).then(() => (told += 'a'));
    await turn();
    void chime.ring([bell('b')]).then(() => (told += 'b'));
    await queue.answer();
    expect(told).toBe('a');
    await queue.answer();
    expect(told).toBe('ab');
  });

  it('reports what could not be delivered once, and goes on with the next', async () => {
    const first = chime.ring([bell('a'), bell('b')]);
    await turn();
    const second = chime.ring([bell('c')]);
    const lost = new Error('Redis is away');
    await queue.answer(lost);
    await expect(first).resolves.toBeUndefined();
    expect(undelivered).toEqual([lost]);
    await queue.answer();
    await expect(second).resolves.toBeUndefined();
    expect(queue.delivered).toEqual([['a', 'b'], ['c']]);
  });

  it('is idle when nothing is left to deliver', async () => {
    await chime.idle();
    void chime.ring([bell('a')]);
    await turn();
    void chime.ring([bell('b')]);
    let isIdle = false;
    void chime.idle().then(() => (isIdle = true));
    await queue.answer();
    expect(isIdle).toBe(false);
    await queue.answer();
    expect(isIdle).toBe(true);
  });

  it('rings for nothing without a delivery', async () => {
    await chime.ring([]);
    expect(queue.deliveries).toEqual([]);
  });
});

describe('jobsOf', () => {
  it('puts doorbells of one priority into one job and keeps their order', () => {
    const jobs = jobsOf([bell('a'), bell('x', 16), bell('b'), bell('y', 32), bell('z', 16)]);
    expect(jobs.map((job) => [job.opts, runsOf(job)])).toEqual([
      [{}, ['a', 'b']],
      [{ priority: 16 }, ['x', 'z']],
      [{ priority: 32 }, ['y']],
    ]);
  });

  it('puts at most eight into a job', () => {
    const jobs = jobsOf(Array.from({ length: 19 }, (_, index) => bell(`r${index}`)));
    expect(jobs.map((job) => runsOf(job).length)).toEqual([8, 8, 3]);
  });
});
