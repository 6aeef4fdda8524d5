import { resolve } from 'node:path';
import { programs } from '@lumina/testbed';
import { z } from 'zod';
import type { WorkContext } from './context';
import type { SandboxFinding } from './findings';
import { printedBy } from './json-program';

/** No part of the build: it puts itself into a group of processes of its own before it lets anything loose. */
const program = resolve(programs, '../tools/bench/sandbox.mjs');

const findingSchema = z.object({
  overhead: z.array(z.record(z.string(), z.object({ p50Ms: z.number(), p95Ms: z.number() }))),
  beside: z.array(
    z.object({
      tier: z.string(),
      hog: z.string(),
      aloneP95Ms: z.number(),
      besideP95Ms: z.number(),
      latestMs: z.number(),
      endedBy: z.array(z.string()),
    }),
  ),
  absent: z.record(z.string(), z.string()),
});

/** @throws Error when it could not be measured, with its last words */
export async function sandboxFinding(context: WorkContext): Promise<SandboxFinding> {
  const { rounds, seconds } = context.options;
  const command = [program, '--rounds', String(rounds), '--seconds', String(seconds)];
  return findingSchema.parse(await printedBy('sandbox', command, context));
}
