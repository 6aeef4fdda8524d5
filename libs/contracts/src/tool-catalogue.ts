import { z } from 'zod';

export const toolRisks = ['read', 'write', 'dangerous'] as const;
export type ToolRisk = (typeof toolRisks)[number];

/** One tool as the executor offers it and the orchestrator shows it to models. */
export const toolOfferSchema = z.object({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  description: z.string().min(1),
  /** JSON Schema of the arguments object. */
  parameters: z.record(z.string(), z.unknown()),
  risk: z.enum(toolRisks),
  /** May be run again when a crash leaves its outcome unknown. */
  isIdempotent: z.boolean(),
  timeoutMs: z.number().int().positive(),
});
export type ToolOffer = z.infer<typeof toolOfferSchema>;

/** What an open `call:<id>` item carries to the executor. */
export const toolCallTaskSchema = z.object({
  callId: z.string(),
  messageId: z.string(),
  tool: z.string(),
  args: z.record(z.string(), z.unknown()),
  agent: z.string(),
  /** What to do when a crash leaves the outcome of a call unknown that must not be repeated. */
  onUnknownOutcome: z.enum(['ask-person', 'tell-model']).default('ask-person'),
  /** How long a person may take, should one be asked. */
  approvalTimeoutMs: z.number().int().positive().default(86_400_000),
  /** The step that goes on when the last call of this answer is in. */
  nextStep: z.number().int().positive(),
  /** The thread whose workspace the tool works in: the root run's, for subagents too. */
  workspaceThread: z.string(),
  /** Whose call it is, within its tenant: for limits. */
  user: z.string().optional(),
  /** The trace of its run, as the run was accepted with it. */
  traceparent: z.string().optional(),
});
export type ToolCallTask = z.infer<typeof toolCallTaskSchema>;

/** What an open `child:<id>` item carries to the orchestrator. */
export const delegationTaskSchema = z.object({
  callId: z.string(),
  messageId: z.string(),
  agent: z.string(),
  task: z.string(),
  depth: z.number().int().positive(),
  nextStep: z.number().int().positive(),
  workspaceThread: z.string(),
  user: z.string().optional(),
  /** The trace of its run, as the run was accepted with it. */
  traceparent: z.string().optional(),
});
export type DelegationTask = z.infer<typeof delegationTaskSchema>;
