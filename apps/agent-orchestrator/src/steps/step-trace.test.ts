import { describe, expect, it } from '@jest/globals';
import { type SpanAttributes, type Tracing, traceparentOf } from '@lumina/platform';
import { scriptedModelClient } from '@lumina/models';
import { Bench, accept, doorbell } from '../testing/bench';

const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true };

function recorded() {
  const spans: { name: string; attributes: SpanAttributes }[] = [];
  const tracing: Tracing = {
    close: () => Promise.resolve(),
    start: (name, { attributes = {} }) => {
      const span = { name, attributes: { ...attributes } };
      spans.push(span);
      return {
        context,
        traceparent: traceparentOf(context),
        set: (more) => void Object.assign(span.attributes, more),
        end: () => undefined,
      };
    },
  };
  return { tracing, spans };
}

describe("a step's span", () => {
  it('says how often its answer broke off and was gone on with', async () => {
    const part = { model: 'openai/a', at: 3, reason: 'it broke off', costUsd: 0 };
    const usage = { inputTokens: 1, outputTokens: 1 };
    const parts = [
      { ...part, usage, isStitched: true },
      { ...part, usage, isStitched: false },
    ];
    const scripted = scriptedModelClient([{ text: 'Whole.' }]);
    const models: typeof scripted = {
      ...scripted,
      answer: async (...asked) => {
        const outcome = await scripted.answer(...asked);
        return outcome.kind === 'answered' ? { ...outcome, answer: { ...outcome.answer, parts } } : outcome;
      },
    };
    const bench = new Bench();
    const { tracing, spans } = recorded();
    await accept(bench.store, { accepted: { traceparent: traceparentOf(context) } });
    await bench.runner(models, { tracing }).answer(doorbell('r1', 'step:1'));
    expect(spans.find(({ name }) => name === 'step')?.attributes).toMatchObject({ 'lumina.stitches': 1 });
  });
});
