import {
  type Fact,
  type FactOf,
  type JournalEntry,
  type SequencedEvent,
  runLimitsSchema,
} from '@lumina/contracts';
import type { RunSnapshot, ThreadSnapshot } from '@lumina/store';

/** For tests: the facts of a run, as the services write them. */
export const run = '44444444-4444-4444-8444-444444444444';
export const thread = '55555555-5555-4555-8555-555555555555';

export const accepted = (content = 'hello', of = run): FactOf<'run.accepted'> => ({
  ...{ run: of, at: 1_000, type: 'run.accepted', agent: 'lumina', agentDigest: 'd1', depth: 0 },
  input: [{ role: 'user', id: `u-${of}`, content }],
  limits: runLimitsSchema.parse({}),
});

export interface Answer {
  readonly id?: string;
  readonly step?: number;
  readonly content?: string;
  readonly calls?: readonly string[];
}

export const answered = ({
  id = 'm1',
  step = 1,
  content = '',
  calls = [],
}: Answer): FactOf<'model.answered'> => ({
  ...{ run, at: 2_000, type: 'model.answered', step, model: 'simulated/simulated', attempt: 1 },
  message: {
    ...{ role: 'assistant', id, content },
    toolCalls: calls.map((call) => ({ id: call, name: 'read_file', args: { path: `${call}.txt` } })),
  },
  usage: { inputTokens: 7, outputTokens: 3 },
  ...{ costUsd: 0, durationMs: 12.4, timeToFirstTokenMs: 3 },
  finishReason: calls.length > 0 ? 'tool_calls' : 'stop',
});

export const toolAnswered = (
  call: string,
  content = 'content',
  isError = false,
): FactOf<'tool.answered'> => ({
  ...{ run, at: 3_000, type: 'tool.answered', durationMs: 5, attempt: 1, isCached: false },
  message: { role: 'tool', id: `t-${call}`, toolCallId: call, name: 'read_file', content, isError },
});

export const succeeded = (of = run): Fact => ({ run: of, at: 4_000, type: 'run.succeeded' });
export const failed = (of = run): Fact => ({
  ...{ run: of, at: 4_000, type: 'run.failed' },
  failure: { code: 'LUM_STEP_LIMIT', message: 'too many steps' },
});

export const journalOf = (...facts: readonly Fact[]): readonly JournalEntry[] =>
  facts.map((fact, index) => ({ position: index + 1, fact }));

export const eventsOf = (...facts: readonly Fact[]): readonly SequencedEvent[] =>
  facts.map((fact, index) => ({ seq: index + 1, event: { type: 'fact', position: index + 1, fact } }));

export const runSnapshot = (changes: Partial<RunSnapshot> = {}): RunSnapshot => ({
  ...{ run, thread, tenant: 'acme', agent: 'lumina', agentDigest: 'd1', status: 'running' },
  ...{
    v: 1,
    lastSeq: 1,
    createdMs: 500,
    updatedMs: 900,
    start: 1,
    isCancelled: false,
    items: [],
    ratings: [],
  },
  ...changes,
});

export const threadSnapshot = (changes: Partial<ThreadSnapshot> = {}): ThreadSnapshot => ({
  ...{ thread, tenant: 'acme', createdMs: 500, updatedMs: 900, metadata: {}, agent: 'lumina' },
  activeRun: undefined,
  ...changes,
});
