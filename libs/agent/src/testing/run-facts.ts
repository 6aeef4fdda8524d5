import {
  type AgentDefinition,
  type FactOf,
  type JournalEntry,
  type Fact,
  type RunLimits,
  type ToolCall,
  type ToolOffer,
  agentDefinitionSchema,
  runLimitsSchema,
} from '@lumina/contracts';
import type { Circumstances } from '../circumstances';

/** Facts and circumstances with all that a test does not care about filled in. */
export const limitsOf = (limits: Partial<RunLimits> = {}): RunLimits => runLimitsSchema.parse(limits);

export const journalOf = (facts: readonly Fact[]): readonly JournalEntry[] =>
  facts.map((fact, index) => ({ position: index + 1, fact }));

export function accepted(changes: Partial<FactOf<'run.accepted'>> = {}): FactOf<'run.accepted'> {
  const { run = 'r' } = changes;
  return {
    run,
    at: 1_000,
    type: 'run.accepted',
    agent: 'lumina',
    agentDigest: 'digest',
    input: [{ role: 'user', id: `${run}-user`, content: 'What is in the file?' }],
    limits: limitsOf(),
    depth: 0,
    ...changes,
  };
}

export const call = (id: string, name = 'read_file', args: ToolCall['args'] = { path: id }): ToolCall => ({
  id,
  name,
  args,
});

export function answered(
  step: number,
  said: string | readonly ToolCall[],
  changes: Partial<FactOf<'model.answered'>> = {},
): FactOf<'model.answered'> {
  const { run = 'r' } = changes;
  const isText = typeof said === 'string';
  return {
    run,
    at: 1_000 + step,
    type: 'model.answered',
    step,
    message: {
      role: 'assistant',
      id: `${run}-answer-${step}`,
      content: isText ? said : '',
      toolCalls: isText ? [] : [...said],
    },
    model: 'simulated/simulated',
    usage: { inputTokens: 10, outputTokens: 5 },
    costUsd: 0.01,
    finishReason: isText ? 'stop' : 'tool_calls',
    attempt: 1,
    durationMs: 20,
    timeToFirstTokenMs: 5,
    ...changes,
  };
}

export function toolAnswered(callId: string, content = 'ok', run = 'r'): FactOf<'tool.answered'> {
  return {
    run,
    at: 2_000,
    type: 'tool.answered',
    message: {
      role: 'tool',
      id: `${run}-tool-${callId}`,
      toolCallId: callId,
      name: 'read_file',
      content,
      isError: false,
    },
    durationMs: 3,
    attempt: 1,
    isCached: false,
  };
}

export const succeeded = (run = 'r'): FactOf<'run.succeeded'> => ({ run, at: 3_000, type: 'run.succeeded' });

export const failed = (run = 'r', code = 'LUM_STEP_LIMIT'): FactOf<'run.failed'> => ({
  run,
  at: 3_000,
  type: 'run.failed',
  failure: { code, message: 'it failed' },
});

export const offer = (name: string, changes: Partial<ToolOffer> = {}): ToolOffer => ({
  name,
  description: `Does ${name}.`,
  parameters: { type: 'object' },
  risk: 'read',
  isIdempotent: true,
  timeoutMs: 1_000,
  ...changes,
});

export const agentOf = (changes: Partial<AgentDefinition> = {}): AgentDefinition => ({
  ...agentDefinitionSchema.parse({
    name: 'lumina',
    description: 'Helps.',
    instructions: 'Be careful.',
    tools: ['read_file', 'run_command', 'retired'],
    subagents: ['coder'],
    approvalTimeoutMs: 500,
  }),
  ...changes,
});

/** A digest that a reader of a failing test can read: the text itself, marked. */
const readableDigest = (text: string): string => `#${text}`;

export function circumstances(changes: Partial<Circumstances> = {}): Circumstances {
  const offers = [offer('read_file'), offer('run_command', { risk: 'dangerous' }), offer('unlisted')];
  return {
    agent: agentOf(),
    offers: new Map(offers.map((one) => [one.name, one])),
    thread: 'thread',
    nowMs: 5_000,
    digest: readableDigest,
    ...changes,
  };
}
