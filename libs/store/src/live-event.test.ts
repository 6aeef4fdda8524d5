import { describe, expect, it } from '@jest/globals';
import { type RunEvent, runLimitsSchema } from '@lumina/contracts';
import fc from 'fast-check';
import { LiveEvent, liveEventsOf } from './live-event';

const base = { run: 'r1', at: 1_000 };
const accepted: RunEvent = {
  ...{ type: 'fact', position: 1 },
  fact: {
    ...{ ...base, type: 'run.accepted', agent: 'a', agentDigest: 'd', depth: 0 },
    input: [{ role: 'user', id: 'u', content: '{"type":"delta"}' }],
    limits: runLimitsSchema.parse({}),
  },
};
const succeeded: RunEvent = { type: 'fact', position: 9, fact: { ...base, type: 'run.succeeded' } };
const delta: RunEvent = { type: 'delta', messageId: 'm', text: '"type":"run.succeeded"' };
const discarded: RunEvent = { type: 'discarded', messageId: 'm' };
const output: RunEvent = { type: 'output', callId: 'c', stream: 'stdout', text: 'x' };

const eventOf = (json: string): LiveEvent => new LiveEvent('r1', 1, json);

/** The same with the fields of each object the other way round, as a writer of another version may have them. */
const turned = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [name, turned(inner)] as const);
  return Object.fromEntries(entries.toReversed());
};

describe('LiveEvent', () => {
  it.each([
    [accepted, 'run.accepted'],
    [succeeded, 'run.succeeded'],
    [delta, 'delta'],
    [discarded, 'discarded'],
    [output, 'output'],
  ])('knows of what kind it is, in whatever order its fields are: %j', (event, kind) => {
    for (const written of [event, turned(event)]) {
      expect(eventOf(JSON.stringify(written)).kind).toBe(kind);
      expect(eventOf(JSON.stringify(written)).event).toEqual(event);
    }
  });

  it('knows its kind without being read', () => {
    const json = `${JSON.stringify(succeeded).slice(0, -1)} and then it breaks off`;
    expect(eventOf(json)).toMatchObject({ kind: 'run.succeeded', event: undefined });
  });

  it('is read once, however many ask what it says', () => {
    const event = eventOf(JSON.stringify(accepted));
    expect(event.event).toBe(event.event);
  });

  it.each([
    '',
    '{',
    '7',
    'null',
    '[]',
    '{"type":"news"}',
    '{"type":"fact","position":1,"fact":{"run":"r1"}}',
  ])('says nothing where there is nothing that it could: %j', (json) => {
    expect(eventOf(json)).toMatchObject({ kind: undefined, event: undefined });
  });

  it('never takes words for what they quote, and never throws', () => {
    const quoted = fc.constantFrom(...[accepted, succeeded, output].map((event) => JSON.stringify(event)));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(quoted, fc.string()), { maxLength: 4 }),
        fc.nat({ max: 80 }),
        (parts, cut) => {
          const text = parts.join('');
          const json = JSON.stringify({ type: 'delta', messageId: text, text });
          expect(eventOf(json)).toMatchObject({ kind: 'delta', event: { text } });
          const broken = eventOf(json.slice(0, cut));
          expect(['delta', undefined]).toContain(broken.kind);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('knows what it does not name', () => {
    const event = eventOf(JSON.stringify({ type: 'delta', messageId: 'm', text: 'delegate' }));
    expect([event.mayName('delegate'), event.mayName('m'), event.mayName('other')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('liveEventsOf', () => {
  it('numbers the events of an entry from its first on', () => {
    const fields = ['r', 'r1', 's', '7', 'e', JSON.stringify(delta), 'e', '', 'e', JSON.stringify(discarded)];
    expect(liveEventsOf(fields).map(({ run, seq, kind }) => [run, seq, kind])).toEqual([
      ['r1', 7, 'delta'],
      ['r1', 8, undefined],
      ['r1', 9, 'discarded'],
    ]);
  });
});
