import { describe, expect, it } from '@jest/globals';
import { parseTraceparent, runContext, spanIdOf, traceparentOf } from './trace-context';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('traceparent', () => {
  it('is read, sampled or not, and written as it was read', () => {
    for (const flags of ['00', '01']) {
      const text = `00-${traceId}-${spanId}-${flags}`;
      const context = parseTraceparent(text);
      expect(context).toEqual({ traceId, spanId, isSampled: flags === '01' });
      expect(context && traceparentOf(context)).toBe(text);
    }
  });

  it('of a later version is read as far as it is known', () => {
    expect(parseTraceparent(`01-${traceId}-${spanId}-03-more`)).toEqual({ traceId, spanId, isSampled: true });
  });

  it.each([
    ['nothing', undefined],
    ['no trace', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['no span', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['the version that is none', `ff-${traceId}-${spanId}-01`],
    ['capitals', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['too much for its version', `00-${traceId}-${spanId}-01-more`],
    ['a line break', `00-${traceId}-${spanId}-01\n`],
    ['words', 'x'.repeat(10_000)],
  ])('that is %s is as good as none', (_what, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

describe('the span of a run', () => {
  it('is in the trace that the run was accepted with, and everybody who knows the run knows it', () => {
    const accepted = `00-${traceId}-${spanId}-01`;
    const context = runContext('run-1', accepted);
    expect(context).toEqual({ traceId, spanId: spanIdOf('run', 'run-1'), isSampled: true });
    expect(context?.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(runContext('run-2', accepted)?.spanId).not.toBe(context?.spanId);
    expect(runContext('run-1', undefined)).toBeUndefined();
  });
});
