import { z } from 'zod';

/** A tool call as the model asked for it. `args` is the parsed JSON object, or null when it was not one. */
export const toolCallSchema = z.object({
  id: z.string().min(1).max(128),
  name: z.string().min(1).max(128),
  args: z.record(z.string(), z.unknown()).nullable(),
  /** The model's own words, kept only where they were not a JSON object. */
  malformed: z.string().optional(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

/** An image in base64, or where a provider can fetch it. */
export const imageSchema = z.union([
  z.object({
    mediaType: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
    data: z.base64(),
  }),
  z.object({ url: z.url({ protocol: /^https$/ }) }),
]);
export type Image = z.infer<typeof imageSchema>;

export const userMessageSchema = z.object({
  role: z.literal('user'),
  id: z.string().min(1),
  content: z.string(),
  /** Shown to the model with the words. */
  images: z.array(imageSchema).optional(),
});

export const assistantMessageSchema = z.object({
  role: z.literal('assistant'),
  id: z.string().min(1),
  content: z.string(),
  toolCalls: z.array(toolCallSchema),
});

export const toolMessageSchema = z.object({
  role: z.literal('tool'),
  id: z.string().min(1),
  toolCallId: z.string(),
  name: z.string(),
  content: z.string(),
  isError: z.boolean(),
});

/** What a thread holds: the conversation, without the agent's instructions. */
export const messageSchema = z.discriminatedUnion('role', [
  userMessageSchema,
  assistantMessageSchema,
  toolMessageSchema,
]);

export type UserMessage = z.infer<typeof userMessageSchema>;
export type AssistantMessage = z.infer<typeof assistantMessageSchema>;
export type ToolMessage = z.infer<typeof toolMessageSchema>;
export type Message = z.infer<typeof messageSchema>;
