import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { factSchema } from '@lumina/contracts';
import { z } from 'zod';
import { canonicalJson } from '../canonical-json';
import { promptMessages } from '../prompt';
import { type RunState, foldRun } from '../run-state';
import { journalOf } from '../testing/run-facts';

/**
 * Journals of runs that have ended, as they were written. They are never edited: runs like these stand in stores, and must mean for ever
 * what they meant. `states` holds, for each run, the digest of its state after each fact, over the fields that a state had when
 * the journal was added: a state may gain fields, but none may change.
 */
const goldenSchema = z.object({
  about: z.string(),
  journal: z.array(z.unknown()),
  fields: z.array(z.string()),
  runs: z.record(
    z.string(),
    z.object({ ending: z.string(), states: z.array(z.string()), shown: z.string() }),
  ),
});

const digest = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);

const known = (state: RunState, fields: readonly string[]): unknown =>
  Object.fromEntries(Object.entries(state).filter(([name]) => fields.includes(name)));

const names = readdirSync(__dirname).filter((name) => name.endsWith('.json'));

it('there are old journals to prove it on', () => {
  expect(names.length).toBeGreaterThanOrEqual(14);
});

describe.each(names)('the old journal %s', (name) => {
  const golden = goldenSchema.parse(JSON.parse(readFileSync(join(__dirname, name), 'utf8')));
  const facts = golden.journal.map((fact) => factSchema.parse(fact));

  it('can still be read, each fact as it was written', () => {
    expect(facts).toEqual(golden.journal);
  });

  it.each(Object.entries(golden.runs))('still means the same for run %s', (run, expected) => {
    const journal = journalOf(facts);
    const states = journal.map((_, index) =>
      digest(known(foldRun(run, journal.slice(0, index + 1)), golden.fields)),
    );
    expect(states).toEqual(expected.states);
    const last = foldRun(run, journal);
    expect(last.phase.name === 'ended' ? last.phase.ending.type : last.phase.name).toBe(expected.ending);
    expect(digest(promptMessages(last.messages))).toBe(expected.shown);
  });
});
