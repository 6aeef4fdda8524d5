import { z } from 'zod';

const notText = 'text: images, files and sound are not offered';

const textPart = z
  .looseObject({ type: z.enum(['text', 'input_text', 'output_text'], { error: notText }), text: z.string() })
  .transform(({ text }) => text);
const refusalPart = z
  .looseObject({ type: z.literal('refusal'), refusal: z.string() })
  .transform(({ refusal }) => refusal);

/** What somebody said: text, or a list of parts that are. */
export const textSchema = z.union(
  [z.string(), z.array(z.union([refusalPart, textPart])).transform((parts) => parts.join(''))],
  { error: 'text, or a list of parts that are text' },
);

/** Words of a tool call's arguments as its JSON object; what is none stays words. */
export function readArguments(words: string): { args: Record<string, unknown> | null; malformed?: string } {
  try {
    const args: unknown = JSON.parse(words === '' ? '{}' : words);
    if (typeof args === 'object' && args !== null && !Array.isArray(args)) return { args: { ...args } };
  } catch {
    // Not JSON: kept as it is.
  }
  return { args: null, malformed: words };
}

export const argumentWords = (call: {
  readonly args: Readonly<Record<string, unknown>> | null;
  readonly malformed?: string | undefined;
}): string => (call.args === null ? (call.malformed ?? '') : JSON.stringify(call.args));
