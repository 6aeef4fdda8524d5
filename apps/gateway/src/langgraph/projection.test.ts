import { describe, expect, it } from '@jest/globals';
import type { Fact, Message, RunEvent, SequencedEvent } from '@lumina/contracts';
import { accepted, answered, eventsOf, failed, run, succeeded, thread, toolAnswered } from '../testing/facts';
import { Projection } from './projection';
import { type StreamMode, streamModes } from './stream-modes';

const projected = { run, thread, assistantId: 'a1', agent: 'lumina' };
const sequenced = (...events: readonly RunEvent[]): readonly SequencedEvent[] =>
  events.map((event, index) => ({ seq: index + 1, event }));
const delta = (text: string, messageId = 'm1'): RunEvent => ({ type: 'delta', messageId, text });
const factsAsEvents = (...facts: readonly Fact[]): readonly RunEvent[] =>
  eventsOf(...facts).map(({ event }) => event);

function framesOf(
  modes: readonly StreamMode[],
  events: readonly SequencedEvent[],
  history: readonly Message[] = [],
) {
  const projection = new Projection(projected, new Set(modes));
  projection.begin(history);
  const frames = events.flatMap((event) => projection.frames(event));
  return { frames, values: projection.values() as { messages: readonly Record<string, unknown>[] } };
}

const wholeRun = eventsOf(
  accepted(),
  answered({ calls: ['c1'] }),
  toolAnswered('c1'),
  answered({ id: 'm2', step: 2, content: 'Done.' }),
  succeeded(),
);

describe('Projection', () => {
  it('begins with metadata and shows the values after each message', () => {
    const { frames } = framesOf(['values'], wholeRun);
    expect(frames.map(({ event }) => event)).toEqual([
      'metadata',
      'values',
      'values',
      'values',
      'values',
      'end',
    ]);
    expect(frames[0]?.data).toEqual({ run_id: run, attempt: 1 });
    const last = frames.at(-2)?.data as { messages: { type: string }[] };
    expect(last.messages.map(({ type }) => type)).toEqual(['human', 'ai', 'tool', 'ai']);
  });

  it('puts the messages before the run in front', () => {
    const history = [{ role: 'user', id: 'u0', content: 'before' } as const];
    const { values } = framesOf(['values'], eventsOf(accepted('now')), history);
    expect(values.messages).toMatchObject([{ content: 'before' }, { content: 'now' }]);
  });

  it('names in updates the node that a message came from', () => {
    const { frames } = framesOf(['updates'], wholeRun);
    const nodes = frames.flatMap(({ event, data }) =>
      event === 'updates' ? Object.keys(data as object) : [],
    );
    expect(nodes).toEqual(['agent', 'tools', 'agent']);
  });

  it('streams words, then only what words do not hold', () => {
    const begin = factsAsEvents(accepted());
    const rest = factsAsEvents(answered({ content: 'Hello.' }), succeeded());
    const events = sequenced(...begin, delta('Hel'), delta('lo.'), ...rest);
    const { frames, values } = framesOf(['messages-tuple'], events);
    const contents = frames.flatMap(({ event, data }) =>
      event === 'messages' ? [(data as [{ content: string }])[0].content] : [],
    );
    expect(contents).toEqual(['Hel', 'lo.', '']);
    expect(values.messages.at(-1)).toMatchObject({ content: 'Hello.' });
    expect(frames[1]?.data).toMatchObject([
      { id: 'm1' },
      {
        ...{ run_id: run, thread_id: thread, assistant_id: 'a1', graph_id: 'lumina' },
        ...{ langgraph_node: 'agent', langgraph_step: 0 },
      },
    ]);
  });

  it('sends a message whole that was not streamed', () => {
    const { frames } = framesOf(['messages-tuple'], eventsOf(accepted(), answered({ content: 'Hello.' })));
    expect(frames.at(-1)?.data).toMatchObject([{ content: 'Hello.' }, { langgraph_step: 1 }]);
  });

  it('takes back what was streamed and no longer counts, once', () => {
    const discarded: RunEvent = { type: 'discarded', messageId: 'm1' };
    const { frames } = framesOf(['messages-tuple'], sequenced(delta('Hel'), discarded, discarded));
    expect(frames.map(({ data }) => (data as [{ type: string }])[0].type)).toEqual(['ai', 'remove']);
  });

  it('ends a failed run with an error and an end', () => {
    const { frames } = framesOf([], eventsOf(accepted(), failed()));
    expect(frames.slice(1)).toEqual([
      { event: 'error', data: { error: 'LUM_STEP_LIMIT', message: 'too many steps' } },
      { event: 'end', data: null },
    ]);
  });

  it('shows what programs print to who asks for it, and to nobody else', () => {
    const output: RunEvent = { type: 'output', callId: 'c1', stream: 'stderr', text: 'careful\n' };
    const data = { type: 'tool_output', tool_call_id: 'c1', stream: 'stderr', text: 'careful\n' };
    expect(framesOf(['custom'], sequenced(output)).frames).toEqual([{ event: 'custom', data }]);
    const others = streamModes.filter((mode) => mode !== 'custom');
    expect(framesOf(others, sequenced(output)).frames).toEqual([]);
  });

  it('keeps the words of other modes out', () => {
    expect(framesOf([], sequenced(delta('Hel'))).frames).toEqual([]);
    expect(framesOf([], wholeRun).frames.map(({ event }) => event)).toEqual(['metadata', 'end']);
  });

  it('does not change what it has given out', () => {
    const projection = new Projection(projected, new Set<StreamMode>(['values']));
    const given = wholeRun.map((event) => {
      const frames = projection.frames(event);
      return { frames, before: JSON.stringify(frames) };
    });
    expect(given.map(({ frames }) => JSON.stringify(frames))).toEqual(given.map(({ before }) => before));
  });
});
