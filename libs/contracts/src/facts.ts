import { z } from 'zod';
import { runLimitsSchema } from './agents';
import { budgetPeriods, wideScopes } from './budgets';
import { assistantMessageSchema, messageSchema, toolMessageSchema, userMessageSchema } from './messages';
import { runOptionsSchema } from './run-options';

/**
 * The journal: what happened, in order. Invariants:
 *
 * F1 Facts are only ever appended. A fact's meaning never changes; a new meaning is a new type or a new optional field.
 * F2 One journal per thread; each fact names its run. A checkpoint is a position in the journal.
 * F3 A fact is written in the same atomic step as the state that follows from it.
 * F4 `at` is milliseconds since the Unix epoch by the writer's clock: for people, never for decisions between processes.
 */
const base = { run: z.string(), at: z.number().int() };

export const usageSchema = z.object({
  inputTokens: z.number().int().nonnegative(),
  outputTokens: z.number().int().nonnegative(),
  /** Of the input: what the provider had in its cache. */
  cachedInputTokens: z.number().int().nonnegative().optional(),
  /** Of the input: what the provider put into its cache. */
  cacheWriteTokens: z.number().int().nonnegative().optional(),
});
export type Usage = z.infer<typeof usageSchema>;

/** A request that broke off, or summed up what was too long for a model. */
export const answerPartSchema = z.object({
  model: z.string(),
  /** How many characters of the answer had been shown when it ended: where the next model's words begin, if it is stitched. */
  at: z.number().int().nonnegative(),
  reason: z.string(),
  usage: usageSchema,
  costUsd: z.number().nonnegative(),
  /** The answer goes on from its words. */
  isStitched: z.boolean(),
});
export type AnswerPart = z.infer<typeof answerPartSchema>;

/** The parent's call that a child run answers, and the step of the parent that follows from it. */
export const parentRefSchema = z.object({
  run: z.string(),
  thread: z.string(),
  item: z.string(),
  callId: z.string(),
  messageId: z.string(),
  nextStep: z.number().int().positive(),
});
export type ParentRef = z.infer<typeof parentRefSchema>;

export const runFailureSchema = z.object({ code: z.string(), message: z.string() });
export type RunFailure = z.infer<typeof runFailureSchema>;

/** Why a person is asked: policy wants it, a crash left an outcome unknown, or the agent has a question. */
export const askReasons = ['policy', 'outcome_unknown', 'input'] as const;
export type AskReason = (typeof askReasons)[number];

/** `retry`: run a call again whose outcome is not known. `answer`: what the agent asked for, in `reason`. */
export const approvalDecisions = ['approve', 'edit', 'reject', 'expire', 'retry', 'answer'] as const;
export type ApprovalDecision = (typeof approvalDecisions)[number];

/** Whose budget is used up. */
export const budgetScopes = ['run', ...wideScopes] as const;
export type BudgetScope = (typeof budgetScopes)[number];

/** Of a budget over many runs: whose, of which period, which account of the ledger, and when the period ends. */
export const wideBudgetRefSchema = z.object({
  name: z.string(),
  period: z.enum(budgetPeriods),
  account: z.string(),
  resetsAt: z.number().int().optional(),
});

/** What a budget is counted in; the names are those of the limits. */
export const budgetAmounts = ['tokens', 'costUsd'] as const;
export type BudgetAmount = (typeof budgetAmounts)[number];

const budget = { item: z.string(), scope: z.enum(budgetScopes), amount: z.enum(budgetAmounts) };

export const factSchema = z.discriminatedUnion('type', [
  z.object({
    ...base,
    type: z.literal('run.accepted'),
    agent: z.string(),
    agentDigest: z.string(),
    input: z.array(userMessageSchema),
    limits: runLimitsSchema,
    /** Levels of delegation above this run; 0 for a run that a client began. */
    depth: z.number().int().nonnegative(),
    parent: parentRefSchema.optional(),
    /** The thread whose workspace the tools work in, where it is not the run's own: a subagent works in its root's. */
    workspaceThread: z.string().optional(),
    /** The run begins from this checkpoint of its thread; what was said after it is history, not context. */
    rewindTo: z.number().int().nonnegative().optional(),
    /** The numbered flags that were in force when the run began: how it is decided about, for ever. Absent: none. */
    flags: z.array(z.number().int().positive()).optional(),
    /** Who, of its tenant, the run works for; a subagent works for whom its parent does. Absent: nobody was named. */
    user: z.string().optional(),
    /** What the client says was said before its input: earlier turns of a conversation that it keeps, answers of its tools. */
    context: z.array(messageSchema).optional(),
    options: runOptionsSchema.optional(),
    /** W3C trace context of what accepted the run, where it is traced: no decision reads it. */
    traceparent: z.string().optional(),
    /** Which API the run came in by, and what that keeps of the request for itself: no decision reads it. */
    door: z.object({ name: z.string(), request: z.record(z.string(), z.unknown()) }).optional(),
  }),
  z.object({
    ...base,
    type: z.literal('model.answered'),
    step: z.number().int().positive(),
    message: assistantMessageSchema,
    model: z.string(),
    usage: usageSchema,
    costUsd: z.number().nonnegative(),
    finishReason: z.enum(['stop', 'tool_calls', 'length', 'content_filter']),
    /** How often this step was begun. */
    attempt: z.number().int().positive(),
    durationMs: z.number().nonnegative(),
    timeToFirstTokenMs: z.number().nonnegative(),
    requestId: z.string().optional(),
    /** It was given before, to the same question: no model was asked. */
    isCached: z.literal(true).optional(),
    /** Requests before the answered one that have cost something; their tokens and cost are part of the above. */
    parts: z.array(answerPartSchema).optional(),
  }),
  z.object({
    ...base,
    type: z.literal('tool.answered'),
    message: toolMessageSchema,
    durationMs: z.number().nonnegative(),
    /** How often the call was begun; 0 where it was answered without being run. */
    attempt: z.number().int().nonnegative(),
    isCached: z.boolean(),
    /** SHA-256 of the content, where a tool produced it. */
    digest: z.string().optional(),
  }),
  /** The model was cut off while it spoke; what it had said by then is kept. */
  z.object({
    ...base,
    type: z.literal('model.cut'),
    step: z.number().int().positive(),
    message: assistantMessageSchema,
  }),
  /** An answer that breaks the agent's rules: it does not count, and is asked for once more. */
  z.object({
    ...base,
    type: z.literal('answer.rejected'),
    step: z.number().int().positive(),
    messageId: z.string(),
    faults: z.array(z.object({ check: z.string(), message: z.string() })).min(1),
  }),
  /** No model of the chain could be reached; the run waits, asks again at `nextAt`, and gives up at `until`. */
  z.object({
    ...base,
    type: z.literal('model.unavailable'),
    step: z.number().int().positive(),
    failure: runFailureSchema,
    nextAt: z.number().int(),
    until: z.number().int(),
  }),
  /** A call waits for a person. `argsDigest` is the digest of the exact arguments that are proposed. */
  z.object({
    ...base,
    type: z.literal('approval.asked'),
    item: z.string(),
    callId: z.string(),
    why: z.enum(askReasons),
    argsDigest: z.string(),
    expiresAt: z.number().int(),
  }),
  z.object({
    ...base,
    type: z.literal('approval.given'),
    item: z.string(),
    callId: z.string(),
    decision: z.enum(approvalDecisions),
    /** Who decided: a key's name, or `expiry`. */
    by: z.string(),
    /** Digest of the arguments that the decision is about: for an edit, the new ones. */
    argsDigest: z.string(),
    /** The new arguments of an edit. */
    args: z.record(z.string(), z.unknown()).optional(),
    reason: z.string().optional(),
  }),
  /** The run has used up a budget and waits for a person to grant more. `item` names this one question. */
  z.object({
    ...base,
    ...budget,
    type: z.literal('budget.asked'),
    /** What was used and what was allowed when it was asked. */
    used: z.number().nonnegative(),
    allowed: z.number().nonnegative(),
    expiresAt: z.number().int(),
    /** Where it is not the run's own. What was used then holds what the call that waits may cost at most. */
    wide: wideBudgetRefSchema.optional(),
  }),
  z.object({
    ...base,
    ...budget,
    type: z.literal('budget.granted'),
    /** Who granted it: a key's name. */
    by: z.string(),
    /** How much is allowed beyond what was allowed before. */
    more: z.number().positive(),
    reason: z.string().optional(),
  }),
  /** A budget over many runs has room again: its period has turned, or somebody granted it more. */
  z.object({ ...base, ...budget, type: z.literal('budget.freed') }),
  z.object({
    ...base,
    ...budget,
    type: z.literal('budget.refused'),
    /** Who refused: a key's name, or `expiry`. */
    by: z.string(),
    reason: z.string().optional(),
  }),
  z.object({
    ...base,
    type: z.literal('cancel.requested'),
    by: z.string(),
    reason: z.string().optional(),
    /** The thread goes back to where it was before the run. */
    isRollback: z.boolean(),
  }),
  z.object({ ...base, type: z.literal('run.succeeded') }),
  z.object({ ...base, type: z.literal('run.failed'), failure: runFailureSchema }),
  z.object({
    ...base,
    type: z.literal('run.cancelled'),
    /** The thread goes back to this checkpoint. */
    rewindTo: z.number().int().nonnegative().optional(),
  }),
  z.object({ ...base, type: z.literal('run.expired'), failure: runFailureSchema }),
  /** A client changed the thread's state between runs. `run` is empty. */
  z.object({
    ...base,
    type: z.literal('thread.updated'),
    messages: z.array(messageSchema),
    rewindTo: z.number().int().nonnegative().optional(),
    /** Names this change where its client gave it a name: the same change sent again is not made again. */
    creation: z.string().optional(),
  }),
]);

export type Fact = z.infer<typeof factSchema>;
export type FactOf<Type extends Fact['type']> = Extract<Fact, { type: Type }>;

export const endedStatuses = ['succeeded', 'failed', 'cancelled', 'expired'] as const;
/** How a run ended; each has its fact, `run.<status>`. */
export type EndedStatus = (typeof endedStatuses)[number];
export type EndingFact = FactOf<`run.${EndedStatus}`>;

export const isEnding = (fact: Fact): fact is EndingFact =>
  endedStatuses.some((status) => fact.type === `run.${status}`);

export const endedStatusOf = (fact: EndingFact): EndedStatus => {
  switch (fact.type) {
    case 'run.succeeded':
      return 'succeeded';
    case 'run.failed':
      return 'failed';
    case 'run.cancelled':
      return 'cancelled';
    case 'run.expired':
      return 'expired';
  }
};

/** A position in a thread's journal together with the fact that stands there. */
export interface JournalEntry {
  readonly position: number;
  readonly fact: Fact;
}
