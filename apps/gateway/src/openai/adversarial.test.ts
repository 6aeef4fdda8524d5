import { describe, expect, it } from '@jest/globals';
import { type Fact, LuminaError, type RunEvent, type SequencedEvent, type ToolCall } from '@lumina/contracts';
import * as fc from 'fast-check';
import { ResponseStream } from 'openai/lib/responses/ResponseStream';
import { accepted, answered, run } from '../testing/facts';
import { ChatProjection } from './chat-projection';
import { type ResponseEvent, ResponseProjection } from './response-projection';

const clientTool = { name: 'weather', description: '', parameters: { type: 'object' } };

interface Turn {
  readonly words: readonly string[];
  /** Attempts that crashed after so many words. */
  readonly crashes: readonly number[];
  readonly calls: readonly {
    readonly isClients: boolean;
    readonly isMalformed: boolean;
    readonly isError: boolean;
  }[];
  readonly isStreamed: boolean;
}

const turn: fc.Arbitrary<Turn> = fc.record({
  words: fc.array(fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme' }), { maxLength: 6 }),
  crashes: fc.array(fc.nat(5), { maxLength: 2 }),
  calls: fc.array(fc.record({ isClients: fc.boolean(), isMalformed: fc.boolean(), isError: fc.boolean() }), {
    maxLength: 3,
  }),
  isStreamed: fc.boolean(),
});
const ending = fc.constantFrom('run.succeeded', 'run.failed', 'run.cancelled', 'run.expired');

const fact = (one: Fact): RunEvent => ({ type: 'fact', position: 1, fact: one });

/** The events of a run as workers leave them: words, withdrawn words, calls, answers in any order, an end at any time. */
function eventsOf(turns: readonly Turn[], end: string, isCut: boolean): readonly SequencedEvent[] {
  const events: RunEvent[] = [fact({ ...accepted(), options: { clientTools: [clientTool] } })];
  for (const [step, { words, crashes, calls, isStreamed }] of turns.entries()) {
    const id = (attempt: number): string => `msg-${run}-${step + 1}-${attempt}`;
    const said = (attempt: number, count: number): RunEvent[] =>
      words.slice(0, count).map((text) => ({ type: 'delta', messageId: id(attempt), text }));
    crashes.forEach((count, attempt) => {
      events.push(...said(attempt, count), { type: 'discarded', messageId: id(attempt) });
    });
    const last = crashes.length;
    if (isStreamed) events.push(...said(last, words.length));
    if (isCut && step === turns.length - 1) break;
    const toolCalls = calls.map(({ isClients, isMalformed }, index): ToolCall => ({
      ...{ id: `c${step}-${index}`, name: isClients ? 'weather' : 'read_file' },
      ...(isMalformed ? { args: null, malformed: '{"a' } : { args: { index } }),
    }));
    const answer = answered({ id: id(last), step: step + 1, content: words.join('') });
    events.push(fact({ ...answer, message: { ...answer.message, toolCalls } }));
    for (const [index, call] of toolCalls.entries()) {
      if (call.name === 'weather' && call.args !== null) continue;
      const message = {
        role: 'tool',
        id: `t${step}-${index}`,
        toolCallId: call.id,
        name: call.name,
      } as const;
      const isError = calls[index]?.isError === true || call.args === null;
      events.push(
        fact({
          ...{ run, at: 3_000, type: 'tool.answered', durationMs: 1, attempt: 1, isCached: false },
          message: { ...message, content: 'what came of it', isError },
        }),
      );
    }
  }
  const failure = { code: 'LUM_STEP_LIMIT', message: 'too many steps' };
  events.push(fact({ run, at: 4_000, type: end, failure } as Fact));
  return events.map((event, index) => ({ seq: index + 1, event }));
}

const wireOf = (events: readonly SequencedEvent[]): readonly ResponseEvent[] => {
  const projection = new ResponseProjection(run);
  return events
    .flatMap((event) => projection.events(event))
    .map((event, sequence_number) => ({ ...event, sequence_number }));
};

/** Reads events as the official client's stream helper does: it throws on what it does not know or cannot place. */
function readByClient(events: readonly ResponseEvent[]) {
  const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  return ResponseStream.fromReadableStream(new Blob([lines]).stream()).finalResponse();
}

const story = fc.tuple(fc.array(turn, { maxLength: 4 }), ending, fc.boolean());

describe("whatever workers leave, OpenAI's client", () => {
  it('reads each stream, and has at its end what the response is', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ([turns, end, isCut]) => {
        const wire = wireOf(eventsOf(turns, end, isCut));
        const final = await readByClient(wire);
        const { response } = wire.at(-1) as unknown as { response: { status: string; output: object[] } };
        expect(final.status).toBe(response.status);
        expect(final.output).toMatchObject(response.output);
        const whole = turns.slice(0, isCut ? -1 : undefined).map(({ words }) => words.join(''));
        expect(final.output_text).toBe(whole.join(''));
      }),
      { numRuns: 200 },
    );
  });

  it('finds each item opened and closed once, at the place that it keeps', () => {
    fc.assert(
      fc.property(story, ([turns, end, isCut]) => {
        const wire = wireOf(eventsOf(turns, end, isCut));
        const placesOf = (type: string): unknown[] =>
          wire.filter((event) => event.type === type).map((event) => event['output_index']);
        const added = placesOf('response.output_item.added');
        expect(added).toEqual(added.map((_place, index) => index));
        expect([...placesOf('response.output_item.done')].sort()).toEqual([...added].sort());
      }),
      { numRuns: 200 },
    );
  });

  it('gets the same events from any gateway', () => {
    fc.assert(
      fc.property(story, ([turns, end, isCut]) => {
        const events = eventsOf(turns, end, isCut);
        expect(wireOf(events)).toEqual(wireOf(JSON.parse(JSON.stringify(events)) as SequencedEvent[]));
      }),
      { numRuns: 50 },
    );
  });
});

const numbered = (events: readonly RunEvent[]): readonly SequencedEvent[] =>
  events.map((event, index) => ({ seq: index + 1, event }));

/** An answer that broke the agent's rules, and the one that was asked for instead. */
const mended: readonly RunEvent[] = [
  fact(accepted()),
  fact(answered({ id: 'm1', content: 'Bad.' })),
  fact({
    ...{ run, at: 2_500, type: 'answer.rejected', step: 1, messageId: 'm1' },
    faults: [{ check: 'length', message: 'too short' }],
  }),
  fact(answered({ id: 'm2', step: 2, content: 'Good.' })),
  fact({ run, at: 4_000, type: 'run.succeeded' }),
];

describe('an answer that broke the rules', () => {
  it('is not in the response when it ends', () => {
    const { response } = wireOf(numbered(mended)).at(-1) as unknown as {
      response: { output: readonly { content: readonly { text: string }[] }[] };
    };
    expect(response.output.map(({ content }) => content.map(({ text }) => text))).toEqual([[], ['Good.']]);
  });
});

describe('whatever workers leave, a chat', () => {
  const talk = (events: readonly SequencedEvent[], isStreamed = true) => {
    const projection = new ChatProjection(run, isStreamed);
    try {
      const deltas = events.flatMap((event) => projection.deltas(event));
      return {
        projection,
        words: deltas.map(({ content }) => (typeof content === 'string' ? content : '')).join(''),
        deltas,
      };
    } catch (error) {
      if (error instanceof LuminaError && error.code === 'LUM_ANSWER_RESTARTED') return undefined;
      throw error;
    }
  };

  it('streams what the whole message says, and never a call that is not for the client', () => {
    fc.assert(
      fc.property(story, ([turns, end]) => {
        const told = talk(eventsOf(turns, end, false));
        if (told === undefined) return;
        const message = told.projection.message as {
          content: string | null;
          tool_calls?: { function: object }[];
        };
        expect(message.content ?? '').toBe(told.words);
        const calls = told.deltas.flatMap(
          (delta) => (delta['tool_calls'] as { function: object }[] | undefined) ?? [],
        );
        expect(message.tool_calls ?? []).toHaveLength(calls.length);
        expect(JSON.stringify(calls)).not.toContain('read_file');
      }),
      { numRuns: 300 },
    );
  });

  it('repeats no word when a crash makes the model say the same again', () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 3 }), (turns) => {
        const told = talk(eventsOf(turns, 'run.succeeded', false));
        const words = turns.map((one) => one.words.join('')).filter((said) => said !== '');
        expect(told?.words).toBe(words.join('\n\n'));
      }),
      { numRuns: 200 },
    );
  });

  it('fails when the model says something else than was shown', () => {
    const first: RunEvent[] = [
      fact(accepted()),
      { type: 'delta', messageId: 'm1', text: 'Yes' },
      { type: 'discarded', messageId: 'm1' },
      { type: 'delta', messageId: 'm2', text: 'No' },
    ];
    expect(talk(numbered(first))).toBeUndefined();
    const shorter = [...first.slice(0, 3), fact(answered({ id: 'm2', content: 'Ye' }))];
    expect(talk(numbered(shorter))).toBeUndefined();
  });

  it('has in the end what was said last, for a client that waits for the message', () => {
    const events: RunEvent[] = [
      fact(accepted()),
      { type: 'delta', messageId: 'm1', text: 'Yes' },
      { type: 'discarded', messageId: 'm1' },
      fact(answered({ id: 'm2', content: 'No' })),
    ];
    expect(talk(numbered(events), false)?.projection.message).toMatchObject({ content: 'No' });
  });

  it('that is streamed fails with an answer that broke the rules, and one that is waited for has the next', () => {
    const events = numbered(mended);
    expect(talk(events)).toBeUndefined();
    expect(talk(events, false)?.projection.message).toMatchObject({ content: 'Good.' });
  });
});
