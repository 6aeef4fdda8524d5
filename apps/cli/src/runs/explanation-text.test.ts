import { describe, expect, it } from '@jest/globals';
import { type Explanation, explanationText } from './explanation-text';

const short: Explanation = {
  run_id: 'r',
  thread_id: 't',
  agent: 'a',
  status: 'queued',
  summary: 'It waits for its thread.',
  what_to_do: 'Wait.',
};
const nowMs = Date.parse('2026-01-01T01:00:00Z');

describe('explanationText', () => {
  it('leaves out what is not known', () => {
    const text = explanationText(short, nowMs);
    expect(text).toContain('It waits for its thread.');
    for (const title of ['waits for  ', 'Timeline', 'Work items']) expect(text).not.toContain(title);
  });

  it.each([
    ['2026-01-01T00:59:30Z', '(30 s ago)'],
    ['2026-01-01T00:30:00Z', '(30 min ago)'],
    ['2026-01-01T02:00:00Z', '(0 s ago)'],
    ['at dawn', 'since       at dawn\n'],
  ])('says how long ago %s was', (since, text) => {
    const waiting = { ...short, waits_for: { what: 'run x', since } };
    expect(explanationText(waiting, nowMs)).toContain(text);
  });
});
