import { describe, expect, it } from '@jest/globals';
import type { Fact, FactOf } from '@lumina/contracts';
import { foldRun } from './run-state';
import { accepted, agentOf, answered, journalOf, limitsOf } from './testing/run-facts';
import { scenarios } from './testing/scenario';

const given = scenarios((command, expected) => expect(command).toMatchObject(expected as object));
const begun = accepted({ flags: [1, 2], limits: limitsOf({ wallTimeMs: 60_000 }) });
const away = { type: 'model.failed', code: 'LUM_MODEL_UNAVAILABLE', message: 'away' } as const;
const waiting = { agent: agentOf({ waitForModelsMs: 60_000 }), nowMs: 5_000 };

const unavailable = (at: number, nextAt: number, step = 1): FactOf<'model.unavailable'> => ({
  ...{ run: 'r', at, type: 'model.unavailable', step, nextAt, until: 65_000 },
  failure: { code: 'LUM_MODEL_UNAVAILABLE', message: 'away' },
});
const wait = (...facts: readonly Fact[]): FactOf<'model.unavailable'> => {
  const { command } = given(...facts)
    .under(waiting)
    .when(away);
  const fact = command.type === 'advance' ? command.facts[0] : undefined;
  if (fact?.type !== 'model.unavailable') throw new Error(JSON.stringify(command));
  return fact;
};

describe('a run whose models are all away', () => {
  it('waits, and asks again under a new name', () => {
    given(begun)
      .under(waiting)
      .when(away)
      .then({
        type: 'advance',
        facts: [
          { type: 'model.unavailable', step: 1, failure: { code: 'LUM_MODEL_UNAVAILABLE' }, until: 65_000 },
        ],
        open: [{ item: 'step:1~1' }],
        nextItem: '',
      });
    given(begun, unavailable(5_000, 6_000))
      .under(waiting)
      .when(away)
      .then({ open: [{ item: 'step:1~2' }] });
  });

  it('waits longer each time, up to 10 s, and not for ever', () => {
    const first = wait(begun);
    expect(first.nextAt - 5_000).toBeGreaterThanOrEqual(500);
    expect(first.nextAt - 5_000).toBeLessThanOrEqual(1_000);
    const many = Array.from({ length: 8 }, () => unavailable(5_000, 6_000));
    const late = wait(begun, ...many);
    expect(late.nextAt - 5_000).toBeGreaterThanOrEqual(5_000);
    expect(late.nextAt - 5_000).toBeLessThanOrEqual(10_000);
  });

  it('does not come back with all the others', () => {
    const times = Array.from({ length: 50 }, (_, n) => {
      const other = scenarios(() => undefined)(begun).under({ ...waiting, digest: () => `${String(n)}x` });
      const { command } = other.when(away);
      return command.type === 'advance' ? command.open[0]?.lookAtMs : undefined;
    });
    expect(new Set(times).size).toBeGreaterThan(20);
  });

  it('fails when its agent allows no more', () => {
    const ended = { type: 'end', status: 'failed', facts: [{ failure: { code: 'LUM_MODEL_UNAVAILABLE' } }] };
    given(begun, unavailable(5_000, 6_000))
      .under({ ...waiting, nowMs: 65_000 })
      .when(away)
      .then(ended);
    given(begun).when(away).then(ended);
    given(begun)
      .under({ agent: agentOf({ waitForModelsMs: 0 }) })
      .when(away)
      .then(ended);
  });

  it('fails at once of what does not pass by itself', () => {
    given(begun)
      .under(waiting)
      .when({ ...away, code: 'LUM_MODEL_REJECTED' })
      .then({ type: 'end' });
  });

  it('fails at once where it began before there was such waiting', () => {
    given(accepted({ flags: [1] }))
      .under(waiting)
      .when(away)
      .then({ type: 'end' });
  });

  it('asks again when it is time, however long that was', () => {
    given(begun, unavailable(5_000, 6_000), unavailable(600_000, 601_000))
      .under({ ...waiting, nowMs: 900_000 })
      .when({ type: 'step.claimed', step: 1 })
      .then({ type: 'ask-model', prompt: { timeLeftMs: 56_000 } });
  });

  it('forgets the outage with the next answer, and never a name', () => {
    const state = foldRun('r', journalOf([begun, unavailable(5_000, 6_000), answered(1, '', { at: 7_000 })]));
    expect(state).toMatchObject({ outage: undefined, outages: 1, restedMs: 2_000 });
    given(begun, unavailable(5_000, 6_000), answered(1, '', { at: 7_000 }))
      .under({ ...waiting, nowMs: 8_000 })
      .when(away)
      .then({ open: [{ item: 'step:2~2' }], facts: [{ until: 68_000 }] });
  });

  it('ends when it is cancelled meanwhile', () => {
    const cancel = { run: 'r', at: 6_000, type: 'cancel.requested', by: 'key:1', isRollback: false } as const;
    given(begun, unavailable(5_000, 6_000), cancel)
      .under(waiting)
      .when({ type: 'step.claimed', step: 1 })
      .then({ type: 'end', status: 'cancelled' });
  });
});
