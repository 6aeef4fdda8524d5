import { describe, expect, it } from '@jest/globals';
import {
  LuminaError,
  agentDefinitionSchema,
  agentNameSchema,
  askItem,
  bellsOf,
  callItem,
  childItem,
  delegationTaskSchema,
  endedStatusOf,
  errorCodes,
  factSchema,
  healthSnapshotSchema,
  isEnding,
  isErrorCode,
  itemKey,
  itemKind,
  messageSchema,
  modelRefSchema,
  queueOfItem,
  ringSchema,
  runEventSchema,
  runLimitsSchema,
  stepItem,
  toolCallTaskSchema,
  toolOfferSchema,
} from './index';

const limits = runLimitsSchema.parse({});
const base = { run: 'r', at: 1 };
const user = { role: 'user', id: 'u', content: 'hello' } as const;
const assistant = {
  role: 'assistant',
  id: 'a',
  content: '',
  toolCalls: [{ id: 'c', name: 't', args: { x: 1 } }],
} as const;
const tool = { role: 'tool', id: 't', toolCallId: 'c', name: 't', content: 'ok', isError: false } as const;
const accepted = {
  ...base,
  type: 'run.accepted',
  agent: 'a',
  agentDigest: 'd',
  input: [user],
  limits,
  depth: 0,
} as const;
const answered = {
  ...base,
  type: 'model.answered',
  step: 1,
  message: assistant,
  model: 'openai/gpt',
  usage: { inputTokens: 1, outputTokens: 2 },
  costUsd: 0.5,
  finishReason: 'tool_calls',
  attempt: 1,
  durationMs: 3,
  timeToFirstTokenMs: 1,
} as const;
const toolAnswered = {
  ...base,
  type: 'tool.answered',
  message: tool,
  durationMs: 0,
  attempt: 0,
  isCached: false,
} as const;
const parent = { run: 'p', thread: 't', item: 'child:1.0', callId: 'c', messageId: 'm', nextStep: 2 };
const failure = { code: 'LUM_INTERNAL', message: 'm' };
const about = { item: 'ask:1.0', callId: 'c', argsDigest: 'd' };

describe('facts', () => {
  it.each([
    ['a run', accepted],
    ["a subagent's run", { ...accepted, depth: 1, parent, workspaceThread: 'w' }],
    ['a run that rewinds', { ...accepted, rewindTo: 0 }],
    ['an answer of the model', answered],
    ['an answer that was cut off', { ...base, type: 'model.cut', step: 1, message: assistant }],
    ['an answer of a tool', toolAnswered],
    ['a question to a person', { ...base, type: 'approval.asked', ...about, why: 'policy', expiresAt: 9 }],
    [
      'a decision',
      { ...base, type: 'approval.given', ...about, decision: 'edit', by: 'key', args: { x: 2 } },
    ],
    ['a cancellation', { ...base, type: 'cancel.requested', by: 'key', isRollback: true }],
    ['success', { ...base, type: 'run.succeeded' }],
    ['failure', { ...base, type: 'run.failed', failure }],
    ['the end of a cancelled run', { ...base, type: 'run.cancelled', rewindTo: 3 }],
    ['expiry', { ...base, type: 'run.expired', failure }],
    ['a change by a client', { ...base, type: 'thread.updated', messages: [user, assistant, tool] }],
  ])('accept %s, and keep it as it is', (_, fact) => {
    expect(factSchema.parse(structuredClone(fact))).toEqual(fact);
  });

  it.each([
    ['an unknown type', { ...base, type: 'run.paused' }],
    ['no run', { at: 1, type: 'run.succeeded' }],
    ['a time with fractions', { ...base, at: 1.5, type: 'run.succeeded' }],
    ['a step 0', { ...answered, step: 0 }],
    ['a negative cost', { ...answered, costUsd: -1 }],
    ['tokens below zero', { ...answered, usage: { inputTokens: -1, outputTokens: 0 } }],
    ['an unknown reason to finish', { ...answered, finishReason: 'tired' }],
    ['an attempt 0 of the model', { ...answered, attempt: 0 }],
    ["a user's message as the model's answer", { ...answered, message: user }],
    ["a model's message as a run's input", { ...accepted, input: [assistant] }],
    ['a negative depth', { ...accepted, depth: -1 }],
    ['a parent without a next step', { ...accepted, parent: { ...parent, nextStep: 0 } }],
    ['a failure without a code', { ...base, type: 'run.failed', failure: { message: 'm' } }],
    ['an unknown decision', { ...base, type: 'approval.given', ...about, decision: 'shrug', by: 'key' }],
  ])('refuse %s', (_, fact) => {
    expect(factSchema.safeParse(fact).success).toBe(false);
  });

  it.each(['succeeded', 'failed', 'cancelled', 'expired'] as const)('know %s as an end', (status) => {
    const fact = factSchema.parse({ ...base, type: `run.${status}`, failure });
    if (!isEnding(fact)) throw new Error('not an end');
    expect(endedStatusOf(fact)).toBe(status);
  });

  it('know what is not an end', () => {
    expect(isEnding(factSchema.parse(accepted))).toBe(false);
  });
});

describe('messages', () => {
  it.each([
    ['without an id', { ...user, id: '' }],
    ['of an unknown role', { ...user, role: 'system' }],
    ['with a call without a name', { ...assistant, toolCalls: [{ id: 'c', name: '', args: {} }] }],
    [
      'with a call whose id is too long',
      { ...assistant, toolCalls: [{ id: 'c'.repeat(129), name: 't', args: {} }] },
    ],
    ['with arguments that are a list', { ...assistant, toolCalls: [{ id: 'c', name: 't', args: [1] }] }],
    ['with a call without arguments', { ...assistant, toolCalls: [{ id: 'c', name: 't' }] }],
  ])('are refused %s', (_, message) => {
    expect(messageSchema.safeParse(message).success).toBe(false);
  });

  it('keep what was said where arguments should have been', () => {
    const call = { id: 'c', name: 't', args: null, malformed: '{"x":' };
    expect(messageSchema.parse({ ...assistant, toolCalls: [call] })).toMatchObject({ toolCalls: [call] });
  });
});

describe('run events', () => {
  it('are facts, words and words that no longer count', () => {
    const fact = { type: 'fact', position: 1, fact: accepted };
    const delta = { type: 'delta', messageId: 'm', text: '' };
    const discarded = { type: 'discarded', messageId: 'm' };
    for (const event of [fact, delta, discarded]) expect(runEventSchema.parse(event)).toEqual(event);
    expect(runEventSchema.safeParse({ type: 'fact', position: 1, fact: {} }).success).toBe(false);
  });
});

describe('doorbells', () => {
  const bell = { run: 'r', item: 'step:1', v: 1 };
  it('come several in a job, each with run, item and version', () => {
    const bells = [bell, { ...bell, item: 'call:1.0' }];
    expect(bellsOf(ringSchema.parse({ c: 2, bells }))).toEqual(bells);
  });
  it('of the first contract, one a job, are still understood', () => {
    expect(bellsOf(ringSchema.parse({ c: 1, ...bell }))).toEqual([bell]);
  });
  it.each([
    [{ c: 3, bells: [bell] }],
    [{ c: 2, bells: [] }],
    [{ c: 2, bells: [{ ...bell, v: 1.5 }] }],
    [{ c: 1, ...bell, v: '1' }],
    [{ c: 1 }],
    [null],
  ])('refuse %j', (broken) => {
    expect(ringSchema.safeParse(broken).success).toBe(false);
  });
});

describe('work items', () => {
  it.each([
    [stepItem(3), 'step', '3', 'steps'],
    [callItem(3, 0), 'call', '3.0', 'tools'],
    [callItem(3, 0, 2), 'call', '3.0~2', 'tools'],
    [askItem(3, 1), 'ask', '3.1', 'steps'],
    [childItem(12, 10, 1), 'child', '12.10~1', 'steps'],
  ])('%s names its kind, its key and its queue', (item, kind, key, queue) => {
    expect([itemKind(item), itemKey(item), queueOfItem(item)]).toEqual([kind, key, queue]);
  });

  it('have different names for every place in a run', () => {
    const names = [0, 1, 2].flatMap((generation) =>
      [1, 11].flatMap((step) =>
        [1, 11].flatMap((index) =>
          [callItem, askItem, childItem].map((name) => name(step, index, generation)),
        ),
      ),
    );
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(['', 'step', 'sleep:1', ':1', 'Step:1'])('%j is none', (item) => {
    expect(() => itemKind(item)).toThrow(`not a work item: ${item}`);
  });
});

describe('agents', () => {
  const agent = { name: 'web-researcher', description: 'd', instructions: 'i' };
  it('have defaults for all that is not said', () => {
    expect(agentDefinitionSchema.parse(agent)).toMatchObject({
      models: [],
      tools: [],
      subagents: [],
      policy: {},
      limits,
      maxOutputTokens: 4096,
    });
  });

  it.each([
    ['an unknown key', { ...agent, instructons: 'typo' }],
    ['no instructions', { ...agent, instructions: '' }],
    ['a model without a provider', { ...agent, models: ['gpt-5'] }],
    ['a temperature over 2', { ...agent, temperature: 2.1 }],
    ['an unknown policy', { ...agent, policy: { run_command: 'maybe' } }],
    ['an unknown limit', { ...agent, limits: { step: 1 } }],
    ['a subagent with a bad name', { ...agent, subagents: ['Coder'] }],
  ])('are refused with %s', (_, broken) => {
    expect(agentDefinitionSchema.safeParse(broken).success).toBe(false);
  });

  it.each(['', 'Coder', '1st', 'web_researcher', 'a'.repeat(65)])('may not be called %j', (name) => {
    expect(agentNameSchema.safeParse(name).success).toBe(false);
  });

  it.each(['openai/gpt-5', 'ollama/qwen3:8b', 'my-host/org/model'])('may use the model %s', (ref) => {
    expect(modelRefSchema.parse(ref)).toBe(ref);
  });
});

describe('limits', () => {
  it.each(['steps', 'toolCalls', 'tokens', 'costUsd', 'wallTimeMs'])('%s must be above zero', (name) => {
    expect(runLimitsSchema.safeParse({ [name]: 0 }).success).toBe(false);
    expect(runLimitsSchema.safeParse({ [name]: -1 }).success).toBe(false);
    expect(runLimitsSchema.safeParse({ [name]: 'many' }).success).toBe(false);
    expect(runLimitsSchema.parse({ [name]: 1 })).toMatchObject({ [name]: 1 });
  });

  it('have a ceiling where a loop could run away', () => {
    expect(runLimitsSchema.safeParse({ steps: 1_001 }).success).toBe(false);
    expect(runLimitsSchema.safeParse({ toolCalls: 10_001 }).success).toBe(false);
  });
});

describe('tools', () => {
  const offer = {
    name: 'read_file',
    description: 'd',
    parameters: {},
    risk: 'read',
    isIdempotent: true,
    timeoutMs: 1,
  };
  it('are offered with all that a model and a policy need to know', () => {
    expect(toolOfferSchema.parse(offer)).toEqual(offer);
    expect(toolOfferSchema.safeParse({ ...offer, name: 'read file' }).success).toBe(false);
    expect(toolOfferSchema.safeParse({ ...offer, risk: 'none' }).success).toBe(false);
    expect(toolOfferSchema.safeParse({ ...offer, timeoutMs: 0 }).success).toBe(false);
  });

  const task = { callId: 'c', messageId: 'm', agent: 'a', nextStep: 2, workspaceThread: 'w' };
  it('are asked for by tasks', () => {
    expect(toolCallTaskSchema.parse({ ...task, tool: 't', args: {} })).toMatchObject(task);
    expect(toolCallTaskSchema.safeParse({ ...task, tool: 't', args: null }).success).toBe(false);
    expect(delegationTaskSchema.parse({ ...task, task: 'do', depth: 1 })).toMatchObject(task);
    expect(delegationTaskSchema.safeParse({ ...task, task: 'do', depth: 0 }).success).toBe(false);
  });
});

describe('health', () => {
  const check = { isHealthy: true, detail: '', latencyMs: 0, checkedAtMs: 1 };
  it('has a status and checks by name', () => {
    const snapshot = { status: 'healthy', checks: { llm: check }, atMs: 1 };
    expect(healthSnapshotSchema.parse(snapshot)).toEqual(snapshot);
    expect(healthSnapshotSchema.safeParse({ ...snapshot, status: 'fine' }).success).toBe(false);
    expect(
      healthSnapshotSchema.safeParse({ ...snapshot, checks: { llm: { ...check, latencyMs: -1 } } }).success,
    ).toBe(false);
  });
});

describe('LuminaError', () => {
  it('carries its code, status, cause and whether to try again', () => {
    const cause = new Error('socket closed');
    const error = new LuminaError('LUM_STORE_UNAVAILABLE', 'The store is away', {
      cause,
      retryAfterMs: 1_000,
    });
    expect(error).toBeInstanceOf(Error);
    const { name, code, message, status, isRetryable, fields, retryAfterMs } = error;
    expect({ name, code, message, status, isRetryable, fields, retryAfterMs, cause: error.cause }).toEqual({
      name: 'LuminaError',
      code: 'LUM_STORE_UNAVAILABLE',
      message: 'The store is away',
      status: 503,
      isRetryable: true,
      fields: [],
      retryAfterMs: 1_000,
      cause,
    });
  });

  it('has no cause where none is given', () => {
    const fields = [{ field: 'input', expected: 'text' }];
    const error = new LuminaError('LUM_VALIDATION_FAILED', 'm', { fields });
    expect('cause' in error).toBe(false);
    expect(error).toMatchObject({ fields, status: 422, isRetryable: false, retryAfterMs: undefined });
  });

  it('has only codes that are answered as errors', () => {
    for (const [code, { status }] of Object.entries(errorCodes)) {
      expect({ code, isError: status >= 400 && status < 600 }).toEqual({ code, isError: true });
      expect(code).toMatch(/^LUM_[A-Z_]+$/);
    }
  });

  it.each([
    ['LUM_INTERNAL', true],
    ['LUM_NOPE', false],
    ['toString', false],
    ['', false],
  ])('%j is a code: %s', (code, isOne) => {
    expect(isErrorCode(code)).toBe(isOne);
  });
});
