import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { programs } from '@lumina/testbed';
import { z } from 'zod';
import type { WorkContext } from './context';
import type { SandboxFinding } from './findings';

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
export async function sandboxFinding({ options, progress, signal }: WorkContext): Promise<SandboxFinding> {
  const args = ['--rounds', String(options.rounds), '--seconds', String(options.seconds)];
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'], signal });
  let found = '';
  let last = '';
  child.stdout.on('data', (chunk: Buffer) => (found += chunk.toString()));
  createInterface({ input: child.stderr }).on('line', (line) => progress((last = `sandbox: ${line}`)));
  const code = await new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  if (code !== 0) throw new Error(`the sandbox could not be measured: ${last}`);
  return findingSchema.parse(JSON.parse(found));
}
