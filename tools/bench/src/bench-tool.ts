import { z } from 'zod';

/** The one tool of the benchmark, which costs next to nothing; executors load it through LUMINA_TOOL_MODULES. */
export const benchTool = 'bench_tool';

export const tools = [
  {
    name: benchTool,
    description: 'Tells the value of a key.',
    schema: z.object({ key: z.string() }),
    risk: 'read' as const,
    isIdempotent: true,
    usesWorkspace: false,
    timeoutMs: 10_000,
    run: async ({ key }: { key: string }) => ({ kind: 'ok' as const, content: `the value of ${key} is 42` }),
  },
];
