import { describe, expect, it } from '@jest/globals';
import { Directory, presenceOf } from './directory';

function given(fields: Record<string, string> | Error) {
  const scene = { fields, nowMs: 1_000_000, reads: 0 };
  const redis = {
    hgetall: async (): Promise<Record<string, string>> => {
      scene.reads += 1;
      if (scene.fields instanceof Error) throw scene.fields;
      return scene.fields;
    },
  };
  const directory = new Directory(redis, 'steps', () => scene.nowMs);
  const looked = async (): Promise<Directory> => {
    directory.pick(1);
    await new Promise(setImmediate);
    return directory;
  };
  return { scene, directory, looked };
}

const until = 1_003_000;

describe('Directory', () => {
  it('knows nobody before it has looked, and does not wait for it', async () => {
    const { directory, looked } = given({ a: presenceOf({ untilMs: until, free: 5 }) });
    expect(directory.pick(1)).toBeUndefined();
    expect((await looked()).pick(1)).toBe('a');
  });

  it('picks who has the most room, and counts what it picked', async () => {
    const { looked } = given({
      a: presenceOf({ untilMs: until, free: 3 }),
      b: presenceOf({ untilMs: until, free: 4 }),
    });
    const directory = await looked();
    expect([1, 1, 1, 1].map((count) => directory.pick(count)).sort()).toEqual(['a', 'a', 'b', 'b']);
    expect(directory.pick(4)).toBeUndefined();
  });

  it('does not pick who has too little room, or has said nothing for long', async () => {
    const { scene, looked } = given({
      full: presenceOf({ untilMs: until, free: 0 }),
      small: presenceOf({ untilMs: until, free: 2 }),
    });
    const directory = await looked();
    expect(directory.pick(3)).toBeUndefined();
    expect(directory.pick(2)).toBe('small');
    scene.nowMs = until;
    expect(directory.pick(1)).toBeUndefined();
  });

  it('forgets who did not hear', async () => {
    const { looked } = given({
      a: presenceOf({ untilMs: until, free: 9 }),
      b: presenceOf({ untilMs: until, free: 1 }),
    });
    const directory = await looked();
    expect(directory.pick(1)).toBe('a');
    directory.forget('a');
    expect([directory.pick(1), directory.pick(1)]).toEqual(['b', undefined]);
  });

  it('looks again after a while, one look at a time, and knows nobody while Redis is away', async () => {
    const { scene, looked } = given({ a: presenceOf({ untilMs: until, free: 9 }) });
    const directory = await looked();
    for (let pick = 0; pick < 5; pick += 1) directory.pick(1);
    expect(scene.reads).toBe(1);
    scene.nowMs += 300;
    scene.fields = new Error('away');
    for (let pick = 0; pick < 5; pick += 1) directory.pick(1);
    expect(scene.reads).toBe(2);
    await new Promise(setImmediate);
    expect(directory.pick(1)).toBeUndefined();
  });

  it('takes a place to be free again after twice the time that an answer takes', async () => {
    const { scene, looked } = given({ a: presenceOf({ untilMs: until, free: 2, answerMs: 10 }) });
    const directory = await looked();
    expect([directory.pick(1), directory.pick(1), directory.pick(1)]).toEqual(['a', 'a', undefined]);
    scene.nowMs += 24;
    expect(directory.pick(1)).toBeUndefined();
    scene.nowMs += 1;
    expect(directory.pick(2)).toBe('a');
  });

  it('holds what it picked against an announcement that it has seen before, and forgets it at a new one', async () => {
    const { scene, looked } = given({ a: presenceOf({ untilMs: until, free: 2, answerMs: 5_000 }) });
    const directory = await looked();
    directory.pick(1);
    scene.nowMs += 300;
    await looked();
    expect(directory.pick(2)).toBeUndefined();
    scene.nowMs += 300;
    scene.fields = { a: presenceOf({ untilMs: until + 1_000, free: 2, answerMs: 5_000 }) };
    await looked();
    expect(directory.pick(2)).toBe('a');
  });

  it('no longer knows who took leave', async () => {
    const { scene, looked } = given({ a: presenceOf({ untilMs: until, free: 2 }) });
    await looked();
    scene.nowMs += 300;
    scene.fields = {};
    expect((await looked()).pick(1)).toBeUndefined();
  });
});

describe('Directory, asked whom to hand to', () => {
  it('picks among those who take what is handed over, with the lease that they ask for', async () => {
    const { looked } = given({
      roomy: presenceOf({ untilMs: until, free: 9 }),
      takes: presenceOf({ untilMs: until, free: 2, leaseMs: 3_000 }),
      before: `${until} 50 12`,
    });
    const directory = await looked();
    expect(directory.pickForHanding(1)).toMatchObject({ worker: 'takes', leaseMs: 3_000 });
    expect(directory.pickForHanding(2)).toBeUndefined();
    expect(directory.pick(10)).toBe('before');
  });

  it('counts places that were let go as free again, and only these', async () => {
    const { looked } = given({ a: presenceOf({ untilMs: until, free: 3, answerMs: 50, leaseMs: 3_000 }) });
    const directory = await looked();
    const first = directory.pickForHanding(2);
    expect(directory.pickForHanding(2)?.worker).toBeUndefined();
    first?.letGo();
    expect(directory.pick(2)).toBe('a');
    expect(directory.pick(2)).toBeUndefined();
  });

  it('is understood by those who read only what was there before', () => {
    expect(presenceOf({ untilMs: until, free: 4, answerMs: 12.2, leaseMs: 3_000 })).toBe(
      `${until} 4 13 3000`,
    );
    expect(presenceOf({ untilMs: until, free: 4 })).toBe(`${until} 4 - -`);
  });
});
