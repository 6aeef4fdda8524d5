import { z } from 'zod';

/** A tool that the client runs itself: a call of it ends the run, and its answer comes with the client's next request. */
export const clientToolSchema = z.object({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  description: z.string(),
  /** JSON Schema of the arguments object. */
  parameters: z.record(z.string(), z.unknown()),
  isStrict: z.boolean().optional(),
});
export type ClientTool = z.infer<typeof clientToolSchema>;

/** Whether the model may call tools (`auto`), must (`required`, or one by name), or must not (`none`). */
export const toolChoiceSchema = z.union([
  z.enum(['auto', 'none', 'required']),
  z.object({ name: z.string() }),
]);
export type ToolChoice = z.infer<typeof toolChoiceSchema>;

/** The form of the answer, where it is to be JSON. */
export const answerFormatSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    name: z.string(),
    description: z.string().optional(),
    schema: z.record(z.string(), z.unknown()),
    isStrict: z.boolean().optional(),
  }),
]);
export type AnswerFormat = z.infer<typeof answerFormatSchema>;

/** How a model picks its words. */
export const samplingSchema = z.object({
  temperature: z.number().optional(),
  topP: z.number().optional(),
  frequencyPenalty: z.number().optional(),
  presencePenalty: z.number().optional(),
  seed: z.number().int().optional(),
  stop: z.array(z.string()).optional(),
  reasoningEffort: z.string().optional(),
});
export type Sampling = z.infer<typeof samplingSchema>;

/** What a request asks for beyond its words; for what it does not name, the agent's definition stands. */
export const runOptionsSchema = z.object({
  /** Behind the agent's own. */
  instructions: z.string().optional(),
  clientTools: z.array(clientToolSchema).optional(),
  /** For the first step of the run; `none` for all of them. */
  toolChoice: toolChoiceSchema.optional(),
  isParallelCallsAllowed: z.boolean().optional(),
  answerFormat: answerFormatSchema.optional(),
  /** Of one answer of the model, and never more than the agent's definition allows. */
  maxOutputTokens: z.number().int().positive().optional(),
  sampling: samplingSchema.optional(),
});
export type RunOptions = z.infer<typeof runOptionsSchema>;
