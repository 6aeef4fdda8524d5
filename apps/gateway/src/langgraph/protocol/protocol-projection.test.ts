import { describe, expect, it } from '@jest/globals';
import type { RunEvent, SequencedEvent } from '@lumina/contracts';
import {
  accepted,
  answered,
  eventsOf,
  failed,
  run,
  succeeded,
  thread,
  toolAnswered,
} from '../../testing/facts';
import { ProtocolProjection, lastSeqAt, positionOfSeq } from './protocol-projection';

const projected = { run, thread, assistantId: 'a1', agent: 'lumina' };
const delta = (text: string): RunEvent => ({ type: 'delta', messageId: 'm1', text });

function project(...events: readonly SequencedEvent[]) {
  const projection = new ProtocolProjection(projected);
  return events.flatMap((event) => projection.take(event));
}

const spoken: readonly SequencedEvent[] = [
  ...eventsOf(accepted()),
  { seq: 2, event: delta('Hel') },
  { seq: 3, event: delta('lo.') },
  { seq: 4, event: { type: 'fact', position: 2, fact: answered({ content: 'Hello.' }) } },
  { seq: 5, event: { type: 'fact', position: 3, fact: succeeded() } },
];

const data = (events: ReturnType<typeof project>, channel: string) =>
  events.filter((event) => event.channel === channel).map((event) => event.data as Record<string, unknown>);

describe('ProtocolProjection', () => {
  it('numbers events upwards, the same each time', () => {
    const numbers = project(...spoken).map(({ seq }) => seq);
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(project(...spoken)).toEqual(project(...spoken));
    expect(numbers.every(Number.isSafeInteger)).toBe(true);
  });

  it('knows by a number at which fact it is', () => {
    for (const { seq } of project(...spoken)) expect([1, 2, 3]).toContain(positionOfSeq(seq));
    expect(positionOfSeq(lastSeqAt(7))).toBe(7);
    expect(positionOfSeq(lastSeqAt(7) + 1)).toBe(8);
  });

  it('opens a message once, gives its words, and closes it with all of them', () => {
    expect(data(project(...spoken), 'messages')).toMatchObject([
      { event: 'message-start', id: 'm1', role: 'ai' },
      { event: 'content-block-start', index: 0 },
      { event: 'content-block-delta', delta: { type: 'text-delta', text: 'Hel' } },
      { event: 'content-block-delta', delta: { type: 'text-delta', text: 'lo.' } },
      { event: 'content-block-finish', content: { type: 'text', text: 'Hello.' } },
      { event: 'message-finish', usage: { input_tokens: 7, output_tokens: 3, total_tokens: 10 } },
    ]);
  });

  it('shows a message that was not streamed whole, with its calls and their results', () => {
    const facts = [
      accepted(),
      answered({ calls: ['c1'] }),
      toolAnswered('c1'),
      toolAnswered('c2', 'no', true),
    ];
    const events = project(...eventsOf(...facts));
    expect(data(events, 'messages')).toMatchObject([
      { event: 'message-start' },
      { event: 'content-block-start', index: 1, content: { type: 'tool_call_chunk', id: 'c1' } },
      { event: 'content-block-finish', index: 1, content: { type: 'tool_call', args: { path: 'c1.txt' } } },
      { event: 'message-finish' },
    ]);
    expect(data(events, 'tools')).toEqual([
      { event: 'tool-started', tool_call_id: 'c1', tool_name: 'read_file', input: { path: 'c1.txt' } },
      { event: 'tool-finished', tool_call_id: 'c1', output: 'content' },
      { event: 'tool-error', tool_call_id: 'c2', message: 'no' },
    ]);
  });

  it('begins with what was said before, and ends as the run ends', () => {
    const projection = new ProtocolProjection(projected);
    projection.begin([{ role: 'user', id: 'u0', content: 'before' }]);
    const events = eventsOf(accepted('now'), failed()).flatMap((event) => projection.take(event));
    expect(data(events, 'values')).toMatchObject([{ messages: [{ content: 'before' }, { content: 'now' }] }]);
    expect(data(events, 'lifecycle')).toEqual([
      { event: 'running', graph_name: 'lumina' },
      { event: 'failed', error: 'LUM_STEP_LIMIT: too many steps' },
    ]);
  });
});
