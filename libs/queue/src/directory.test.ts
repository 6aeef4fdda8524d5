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
    const { directory, looked } = given({ a: presenceOf(until, 5) });
    expect(directory.pick(1)).toBeUndefined();
    expect((await looked()).pick(1)).toBe('a');
  });

  it('picks who has the most room, and counts what it picked', async () => {
    const { looked } = given({ a: presenceOf(until, 3), b: presenceOf(until, 4) });
    const directory = await looked();
    expect([1, 1, 1, 1].map((count) => directory.pick(count)).sort()).toEqual(['a', 'a', 'b', 'b']);
    expect(directory.pick(4)).toBeUndefined();
  });

  it('does not pick who has too little room, or has said nothing for long', async () => {
    const { scene, looked } = given({ full: presenceOf(until, 0), small: presenceOf(until, 2) });
    const directory = await looked();
    expect(directory.pick(3)).toBeUndefined();
    expect(directory.pick(2)).toBe('small');
    scene.nowMs = until;
    expect(directory.pick(1)).toBeUndefined();
  });

  it('forgets who did not hear', async () => {
    const { looked } = given({ a: presenceOf(until, 9), b: presenceOf(until, 1) });
    const directory = await looked();
    expect(directory.pick(1)).toBe('a');
    directory.forget('a');
    expect([directory.pick(1), directory.pick(1)]).toEqual(['b', undefined]);
  });

  it('looks again after a while, one look at a time, and knows nobody while Redis is away', async () => {
    const { scene, looked } = given({ a: presenceOf(until, 9) });
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
});
