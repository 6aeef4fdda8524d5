import { z } from 'zod';

const greetingSchema = z.object({
  ready: z.literal(true),
  url: z.url(),
  pids: z.array(z.number().int().positive()),
  versions: z.record(z.string(), z.string()).default({}),
  settings: z.record(z.string(), z.unknown()).default({}),
});

/** The line with which a peer says that work can begin. */
export type Greeting = z.infer<typeof greetingSchema>;

/** Finds it among what the peer has printed so far; undefined: not yet. */
export function greetingIn(printed: string): Greeting | undefined {
  for (const line of printed.split('\n').slice(0, -1)) {
    if (!line.startsWith('{')) continue;
    const greeting = greetingSchema.safeParse(jsonOrNothing(line));
    if (greeting.success) return greeting.data;
  }
  return undefined;
}

function jsonOrNothing(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
