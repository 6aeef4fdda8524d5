import { describe, expect, it } from '@jest/globals';
import type { Fact } from '@lumina/contracts';
import { decisionFlags, flagsInForce, unknownFlags } from './flags';
import { accepted, answered, call, limitsOf } from './testing/run-facts';
import { scenarios } from './testing/scenario';

const given = scenarios((command, expected) => expect(command).toMatchObject(expected as object));

describe('the numbered flags', () => {
  it('are told from those of a later version', () => {
    expect(unknownFlags({ flags: [] })).toEqual([]);
    expect(unknownFlags({ flags: [...flagsInForce, 998, 999] })).toEqual([998, 999]);
  });

  it('are these: a number that was given out is never given to something else', () => {
    // This list only grows. To change a line of it is to change what runs in stores mean.
    expect(Object.entries(decisionFlags)).toEqual([
      ['restIsNotWork', 1],
      ['outageIsWaitedFor', 2],
      ['answersAreChecked', 3],
    ]);
  });

  it('are numbered 1, 2, 3 …, each once', () => {
    expect(flagsInForce).toEqual(flagsInForce.map((_, index) => index + 1));
  });
});

/** It asked at 2,000 and heard at 402,000; it works from 1,000 on. */
const rested = (flags: number[] | undefined): readonly Fact[] => [
  accepted({
    at: 1_000,
    limits: limitsOf({ wallTimeMs: 100_000 }),
    ...(flags === undefined ? {} : { flags }),
  }),
  answered(1, [call('a', 'run_command')], { at: 2_000 }),
  {
    ...{ run: 'r', at: 2_000, type: 'approval.asked', item: 'ask:1.0', callId: 'a', why: 'policy' },
    ...{ argsDigest: 'd', expiresAt: 900_000 },
  },
  {
    ...{ run: 'r', at: 402_000, type: 'approval.given', item: 'ask:1.0', callId: 'a', decision: 'reject' },
    ...{ by: 'key:1', argsDigest: 'd' },
  },
  {
    ...{ run: 'r', at: 402_000, type: 'tool.answered', durationMs: 0, attempt: 0, isCached: false },
    message: { role: 'tool', id: 't', toolCallId: 'a', name: 'run_command', content: 'no', isError: true },
  },
];

describe('flag 1, rest is not work', () => {
  const goesOn = { type: 'step.claimed', step: 2 } as const;

  it('lets a run go on whose people took longer than its wall time', () => {
    given(...rested([1]))
      .under({ nowMs: 403_000 })
      .when(goesOn)
      .then({ type: 'ask-model', prompt: { timeLeftMs: 98_000 } });
  });

  it('still ends it when it has worked for so long', () => {
    given(...rested([1]))
      .under({ nowMs: 501_000 })
      .when(goesOn)
      .then({ type: 'end', facts: [{ type: 'run.expired', failure: { code: 'LUM_WALL_TIME_LIMIT' } }] });
  });

  it.each([[undefined], [[]]])('is not for runs that began before it: flags %j', (flags) => {
    given(...rested(flags))
      .under({ nowMs: 403_000 })
      .when(goesOn)
      .then({ type: 'end', facts: [{ type: 'run.expired' }] });
  });
});
