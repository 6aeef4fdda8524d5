import { describe, expect, it } from '@jest/globals';
import { type Consumption, ConsumptionWatch } from './consumption-watch';

interface Scene {
  taken: number;
  active: number;
  waiting: number | Error;
  reopened: number;
  errors: unknown[];
}

function given(start: Partial<Scene> = {}, change: Partial<Consumption> = {}) {
  const scene: Scene = { taken: 0, active: 0, waiting: 0, reopened: 0, errors: [], ...start };
  const watch = new ConsumptionWatch({
    progress: () => ({ taken: scene.taken, active: scene.active }),
    waiting: async () => {
      if (scene.waiting instanceof Error) throw scene.waiting;
      return scene.waiting;
    },
    reopen: async () => void (scene.reopened += 1),
    onError: (error) => scene.errors.push(error),
    ...change,
  });
  const look = async (times: number, between: () => void = () => undefined): Promise<Scene> => {
    for (let time = 0; time < times; time += 1) {
      await watch.look();
      between();
    }
    return scene;
  };
  return { scene, watch, look };
}

describe('ConsumptionWatch', () => {
  it('opens a worker anew that takes nothing while doorbells wait, and says so', async () => {
    const { look } = given({ waiting: 5 });
    expect((await look(2)).reopened).toBe(0);
    const { reopened, errors } = await look(1);
    expect(reopened).toBe(1);
    expect(String(errors[0])).toContain('opened anew');
  });

  it('gives the new one as much time as the old one', async () => {
    const { look } = given({ waiting: 5 });
    expect((await look(5)).reopened).toBe(1);
    expect((await look(1)).reopened).toBe(2);
  });

  it.each([
    ['takes one now and then', { waiting: 5 }, (scene: Scene) => void (scene.taken += 1)],
    ['is busy with what it has', { waiting: 5, active: 1 }, () => undefined],
    ['has nothing to take', { waiting: 0 }, () => undefined],
    ['cannot be judged, because Redis is away', { waiting: new Error('away') }, () => undefined],
  ])('leaves a worker alone that %s', async (_what, start, between) => {
    const { look, scene } = given(start);
    expect((await look(10, () => between(scene))).reopened).toBe(0);
  });

  it('begins to count anew when Redis was away', async () => {
    const { look, scene } = given({ waiting: 5 });
    await look(2);
    scene.waiting = new Error('away');
    await look(1);
    scene.waiting = 5;
    expect((await look(2)).reopened).toBe(0);
  });

  it('does not look twice at once, however long Redis takes', async () => {
    let asked = 0;
    const { watch } = given(
      {},
      {
        waiting: () => {
          asked += 1;
          return new Promise(() => undefined);
        },
      },
    );
    void watch.look();
    await watch.look();
    expect(asked).toBe(1);
  });
});
