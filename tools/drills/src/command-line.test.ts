import { describe, expect, it } from '@jest/globals';
import { chanceOf } from './chance';
import { UsageError, readCommandLine } from './command-line';
import { reportJson, reportText } from './report';

describe('the command line', () => {
  it('takes a drill by name, and says less when it is told less', () => {
    expect(readCommandLine(['kill-worker', '--seed', '7'])).toMatchObject({
      drill: 'kill-worker',
      seed: 7,
      rate: 10,
      isShort: false,
      seconds: undefined,
    });
    expect(readCommandLine(['rollout', '--from', 'v1', '--images', 'a,b'])).toMatchObject({
      ...{ from: 'v1', images: ['a', 'b'] },
    });
    expect(readCommandLine(['record', '--seed', '3'])).toMatchObject({ drill: 'record', seed: 3 });
    expect(readCommandLine(['kill-worker', '--times', '9'])).toMatchObject({ times: 9 });
    expect(readCommandLine(['chaos', '--minutes', '2', '--json', '--short'])).toMatchObject({
      seconds: 120,
      isJson: true,
      isShort: true,
    });
  });

  it.each([
    [[], /which drill/],
    [['nothing'], /no drill 'nothing'/],
    [['toString'], /no drill 'toString'/],
    [['chaos', 'twice'], /unexpected argument 'twice'/],
    [['chaos', '--rate', '0'], /--rate/],
    [['chaos', '--seconds', '1e9'], /--seconds/],
    [['chaos', '--loud'], /--loud/],
    [['record', '--minutes', '3'], /a plan of its own/],
    [['kill-worker', '--times', '0'], /--times/],
    [['chaos', '--from', 'HEAD~1'], /for rollout alone/],
    [['rollout', '--images', 'one'], /OLD,NEW/],
  ])('refuses %j', (args, words) => {
    expect(() => readCommandLine(args)).toThrow(UsageError);
    expect(() => readCommandLine(args)).toThrow(words);
  });
});

describe('chance', () => {
  const drawn = (seed: number) => {
    const chance = chanceOf(seed);
    return Array.from({ length: 1_000 }, () => chance.between(2, 5));
  };

  it('repeats with its seed, and only with it', () => {
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  it('keeps within its bounds and uses all of them', () => {
    const values = drawn(3);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...values)).toBeLessThan(5);
    expect(new Set(values.map(Math.floor))).toEqual(new Set([2, 3, 4]));
  });

  it('picks nothing from nothing', () => {
    expect(() => chanceOf(1).pick([])).toThrow('nothing to pick from');
  });
});

describe('the report', () => {
  const about = { drill: 'crash-points', seed: 1, rate: 10, isShort: true, durationMs: 1_500 };
  const found = [
    { name: 'step.claimed', fault: undefined, detail: '1 s' },
    { name: 'call.ran', fault: 'the effect happened 2 times', detail: '2 s' },
  ];

  it('says in words what held and what did not', () => {
    const text = reportText({ ...about, found, broken: ['call.ran: twice'] });
    expect(text).toMatch(/step\.claimed +as it should be/);
    expect(text).toMatch(/call\.ran +WRONG: the effect happened 2 times/);
    expect(text).toContain('PROMISES BROKEN');
    expect(reportText({ ...about, found: [], broken: [] })).toContain('The promises were kept.');
  });

  it('says the same to programs, on one line', () => {
    const json = reportJson({ ...about, found, broken: ['x'] });
    expect(json.trimEnd()).not.toContain('\n');
    expect(JSON.parse(json)).toMatchObject({ drill: 'crash-points', ok: false, broken: ['x'] });
    expect(JSON.parse(reportJson({ ...about, found: [], broken: [] }))).toMatchObject({
      ok: true,
      cases: [],
    });
  });
});
