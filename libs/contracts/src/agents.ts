import { z } from 'zod';

/** Where a run ends by itself. Times in milliseconds, money in US dollars. */
export const runLimitsSchema = z.strictObject({
  steps: z.number().int().positive().max(1000).default(25),
  toolCalls: z.number().int().positive().max(10_000).default(100),
  tokens: z.number().int().positive().default(1_000_000),
  costUsd: z.number().positive().default(5),
  wallTimeMs: z.number().int().positive().default(600_000),
});
export type RunLimits = z.infer<typeof runLimitsSchema>;

/** A model by provider and name, for example `openai/gpt-5`. Lists are fallback chains, first choice first. */
export const modelRefSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]*\/\S+$/, 'must be provider/model, for example openai/gpt-5');

export const agentNameSchema = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case words joined by hyphens, for example web-researcher');

/** What happens when an agent calls a tool: it is run, a person is asked, or it is refused. */
export const toolPolicies = ['allow', 'ask', 'deny'] as const;
export type ToolPolicy = (typeof toolPolicies)[number];

/** Hosts by name or IPv4 address, each with its port: `pypi.org:443`. No patterns: what is not written here is not meant. */
export const egressSchema = z
  .array(
    z
      .string()
      .max(260)
      .regex(
        /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?:([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/,
        'must be host:port in lower case, for example pypi.org:443',
      ),
  )
  .max(50);

/** What an agent's answers must be like; each part is checked only where it is given. */
export const answerRulesSchema = z.strictObject({
  /** JSON Schema of the answer, which is then one JSON document. */
  schema: z.record(z.string(), z.unknown()).optional(),
  maxCharacters: z.number().int().positive().optional(),
  /** What it may not hold. */
  forbid: z.array(z.enum(['stack-trace', 'instructions'])).optional(),
  /** Quotations that name their source, and addresses, must stand in what the run was asked or its tools said. */
  isGrounded: z.boolean().optional(),
});

/**
 * What an agent is. A run keeps the definition that it began with (promise P5), so a definition is
 * identified by the digest of its content and never altered in place.
 */
export const agentDefinitionSchema = z.strictObject({
  name: agentNameSchema,
  description: z.string().min(1),
  instructions: z.string().min(1),
  /** Empty: the deployment's default chain. */
  models: z.array(modelRefSchema).default([]),
  tools: z.array(z.string()).default([]),
  subagents: z.array(agentNameSchema).default([]),
  /** By tool. What is not named here goes by risk: `dangerous` asks, all else is allowed. */
  policy: z.record(z.string(), z.enum(toolPolicies)).default({}),
  /** Where the programs that it runs may connect, through a proxy. Absent or empty: they have no network. */
  egress: egressSchema.optional(),
  /** Whether it may ask the person it works for a question, and wait for the answer. */
  canAskUser: z.boolean().default(false),
  /** How long a person may take to decide about a call, or about more budget, before it counts as refused. */
  approvalTimeoutMs: z
    .number()
    .int()
    .positive()
    .max(30 * 86_400_000)
    .default(86_400_000),
  /** Who hears of a call that must not be repeated and whose outcome a crash left unknown. */
  onUnknownOutcome: z.enum(['ask-person', 'tell-model']).default('ask-person'),
  maxOutputTokens: z.number().int().positive().default(4096),
  temperature: z.number().min(0).max(2).optional(),
  limits: runLimitsSchema.prefault({}),
  /** What becomes of a run that has used its tokens or its money: it fails (also where this is absent), or waits to be granted more. */
  onLimit: z.enum(['fail', 'wait']).optional(),
  /** Marks instructions, tools and conversation for the provider's prompt cache, where it wants that marked (Anthropic). */
  promptCache: z.boolean().optional(),
  /** Deterministic questions (temperature 0, no tool that changes anything) are answered from what was answered before, for so long. */
  answerCache: z
    .strictObject({
      ttlMs: z
        .number()
        .int()
        .min(1_000)
        .max(7 * 86_400_000),
    })
    .optional(),
  /** An answer that breaks these rules is asked for once more, with what is wrong with it; then the run fails. */
  answer: answerRulesSchema.optional(),
  /** How long a run waits for models to come back when none of its chain can be reached. Absent or 0: it fails at once. */
  waitForModelsMs: z
    .number()
    .int()
    .nonnegative()
    .max(7 * 86_400_000)
    .optional(),
  /** How many runs of this agent one tenant may have under way; more wait in line. Absent: any number. */
  maxConcurrentRuns: z.number().int().positive().optional(),
});
export type AgentDefinition = z.infer<typeof agentDefinitionSchema>;
