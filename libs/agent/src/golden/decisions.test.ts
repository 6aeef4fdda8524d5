import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type AgentDefinition, type JournalEntry, factSchema } from '@lumina/contracts';
import { z } from 'zod';
import { canonicalJson } from '../canonical-json';
import type { Circumstances } from '../circumstances';
import type { Command, Occurrence } from '../commands';
import { decide } from '../decide';
import { type RunState, foldRun } from '../run-state';
import { journalOf, offer } from '../testing/run-facts';

/**
 * What was decided along the old journals, as it was decided when they were written. A decision that changes here changes for
 * runs that have begun already: it takes a numbered flag (flags.ts), and these records stay as they are.
 */
const journalSchema = z.object({ journal: z.array(z.unknown()), runs: z.record(z.string(), z.unknown()) });
const recordSchema = z.record(z.string(), z.array(z.string()));

/** Written out in full: a default that changes must not change what these runs were. */
const agent: AgentDefinition = {
  name: 'lumina',
  description: 'Helps.',
  instructions: 'Be careful.',
  models: [],
  tools: ['read_file', 'shell'],
  subagents: ['coder', 'researcher'],
  policy: {},
  canAskUser: true,
  approvalTimeoutMs: 60_000,
  onUnknownOutcome: 'ask-person',
  onLimit: 'wait',
  maxOutputTokens: 1_000,
  limits: { steps: 25, toolCalls: 100, tokens: 1_000_000, costUsd: 5, wallTimeMs: 600_000 },
};
const offers = new Map(
  [offer('read_file'), offer('shell', { risk: 'dangerous' })].map((one) => [one.name, one]),
);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Right after the last fact, when the wall time is nearly up, and long after everything. */
const momentsMs = [1, 590_000, 86_400_000];

const person = { by: 'key:1', argsDigest: undefined, args: undefined, reason: 'because' } as const;

/** All that may happen next to a run in this state. */
function occurrences({ phase }: RunState): readonly Occurrence[] {
  const cancel = { type: 'cancel.asked', by: 'key:1', reason: undefined, isRollback: false } as const;
  if (phase.name === 'thinking') {
    const openItems = [`step:${phase.step}`];
    return [
      { type: 'step.claimed', step: phase.step },
      { ...cancel, openItems },
    ];
  }
  if (phase.name === 'waiting') {
    const { item } = phase.asked;
    const answers = [1, 1_000_000].map((more) => ({ item, decision: 'grant', more }) as const);
    const refusal = { item, decision: 'reject', more: undefined } as const;
    return [
      { ...cancel, openItems: [item] },
      { type: 'budget.due', item },
      ...[...answers, refusal].map((answer): Occurrence => ({
        type: 'budget.answered',
        answer: { ...answer, by: 'key:1', reason: 'because' },
      })),
    ];
  }
  if (phase.name !== 'acting') return [];
  const items = phase.unanswered.flatMap(({ asked }) => asked?.item ?? []);
  const answers = items.flatMap((item): readonly Occurrence[] => [
    { type: 'approval.due', item },
    ...(['approve', 'reject', 'retry'] as const).map((decision): Occurrence => ({
      type: 'approval.answered',
      answers: [{ ...person, item, decision }],
    })),
  ]);
  return [{ ...cancel, openItems: items }, ...answers];
}

/** What there is to a command, whatever fields it gains. */
function essence(command: Command): unknown {
  if (command.type === 'refuse') return { type: command.type, code: command.code };
  if (command.type !== 'ask-model') return command;
  const { step, messages, timeLeftMs } = command.prompt;
  return { type: command.type, step, messages, timeLeftMs };
}

function decisionsOf(run: string, journal: readonly JournalEntry[]): readonly string[] {
  return journal.map((entry, index) => {
    const state = foldRun(run, journal.slice(0, index + 1));
    const commands = momentsMs.flatMap((laterMs) => {
      const now: Circumstances = {
        ...{ agent, offers, thread: 'thread' },
        ...{ nowMs: entry.fact.at + laterMs, digest: sha256 },
      };
      return occurrences(state).map((occurrence) => essence(decide(state, occurrence, now)));
    });
    return sha256(canonicalJson(commands));
  });
}

const names = readdirSync(__dirname).filter((name) => name.endsWith('.json'));

describe.each(names)('along the old journal %s', (name) => {
  const golden = journalSchema.parse(JSON.parse(readFileSync(join(__dirname, name), 'utf8')));
  const journal = journalOf(golden.journal.map((fact) => factSchema.parse(fact)));
  const record = join(__dirname, 'decisions', name);

  it('the same is decided as ever', () => {
    const runs = Object.keys(golden.runs);
    const decided = Object.fromEntries(runs.map((run) => [run, decisionsOf(run, journal)]));
    const recorded: unknown = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : 'no record yet';
    expect({ [name]: decided }).toEqual({ [name]: recordSchema.safeParse(recorded).data ?? recorded });
  });
});
