import { describe, expect, it } from '@jest/globals';
import { hearAbort } from './abort-hearers';

describe('hearAbort', () => {
  it('tells all that still hear, each once', () => {
    const abort = new AbortController();
    const told: string[] = [];
    const stops = ['a', 'b', 'c'].map((name) =>
      hearAbort(abort.signal, (why) => told.push(`${name} ${String(why)}`)),
    );
    stops[1]?.();
    abort.abort('going');
    abort.abort('again');
    expect(told).toEqual(['a going', 'c going']);
  });

  it('tells at once who comes too late', () => {
    const told: unknown[] = [];
    hearAbort(AbortSignal.abort('gone'), (why) => told.push(why))();
    expect(told).toEqual(['gone']);
  });

  it('does not confuse signals, and survives that one hearer stops another', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const told: string[] = [];
    hearAbort(other.signal, () => told.push('other'));
    const stop = { second: (): void => undefined };
    hearAbort(one.signal, () => stop.second());
    stop.second = hearAbort(one.signal, () => told.push('one'));
    one.abort();
    expect(told).not.toContain('other');
  });
});
