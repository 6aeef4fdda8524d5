import { describe, expect, it } from '@jest/globals';
import { createModelClient } from './model-chain';
import type { ModelRequest } from './model-client';
import type { AskOutcome, ModelProvider } from './provider';

const request: ModelRequest = { system: 's', messages: [], tools: [], maxOutputTokens: 10 };
const signal = new AbortController().signal;
const observer = { onText: () => undefined, onRestart: () => undefined };

const replied: AskOutcome = {
  kind: 'replied',
  reply: {
    ...{ content: 'x', toolCalls: [], finishReason: 'stop', durationMs: 0, timeToFirstTokenMs: 0 },
    ...{ usage: { inputTokens: 1, outputTokens: 1 }, isUsageEstimated: false },
  },
};
const failed: AskOutcome = {
  kind: 'failed',
  failure: { code: 'LUM_MODEL_UNAVAILABLE', message: 'down', remedy: 'retry' },
};

const provider = (id: string, ask: () => AskOutcome): ModelProvider => ({
  ...{ id, hasKeys: true },
  ask: () => Promise.resolve(ask()),
  list: () => Promise.resolve({ kind: 'listed', models: [] }),
  checkKeys: () => Promise.resolve([]),
});

const quantile = (times: readonly number[], share: number): number =>
  times.toSorted((one, other) => one - other)[Math.floor(times.length * share)] ?? Infinity;

describe('an open breaker', () => {
  /** Whoever shares the machine may hold one round up, not all of them. */
  const rounds = 5;

  it('has the fallback asked within 5 ms, of a hundred calls all but one', async () => {
    let calledAtMs = 0;
    let askedOfFirst = 0;
    const waits: number[] = [];
    const client = createModelClient({
      providers: [
        provider('first', () => {
          askedOfFirst += 1;
          return failed;
        }),
        provider('second', () => {
          waits.push(performance.now() - calledAtMs);
          return replied;
        }),
      ],
      ...{ attemptsPerModel: 1, breakerFailures: 3, breakerRestMs: 3_600_000 },
    });
    const ask = async (): Promise<void> => {
      calledAtMs = performance.now();
      const outcome = await client.answer(['first/m', 'second/m'], request, observer, signal);
      expect(outcome.kind).toBe('answered');
    };
    for (let n = 0; n < 3; n += 1) await ask();
    const found: { p50: number; p99: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      waits.length = 0;
      for (let n = 0; n < 200; n += 1) await ask();
      found.push({ p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) });
    }
    expect(askedOfFirst).toBe(3);
    expect(Math.min(...found.map(({ p99 }) => p99))).toBeLessThanOrEqual(5);
    expect(Math.min(...found.map(({ p50 }) => p50))).toBeLessThanOrEqual(1);
  });
});
