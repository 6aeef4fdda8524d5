import { closeSync, existsSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { z } from 'zod';

/**
 * The tools that drills have agents call, loaded by executors through LUMINA_TOOL_MODULES. Each leaves a line in a ledger outside
 * Lumina, written through to the disk, so that effects are counted where a crash cannot forget them.
 */
export const ledgerVariable = 'LUMINA_DRILL_LEDGER';

/** While this file exists the tools fail, as one does whose service is gone. */
export const toolFaultFile = (ledger: string): string => `${ledger}.fault`;

interface Context {
  readonly signal: AbortSignal;
  /** The same for every attempt at one call. */
  readonly idempotencyKey: string;
}

interface Answer {
  readonly kind: 'ok';
  readonly content: string;
}

function drillTool(name: string, description: string, isIdempotent: boolean) {
  return {
    name,
    description,
    schema: z.object({}),
    risk: isIdempotent ? ('read' as const) : ('write' as const),
    isIdempotent,
    timeoutMs: 10_000,
    run: async (_args: unknown, { idempotencyKey }: Context): Promise<Answer> => {
      if (existsSync(toolFaultFile(process.env[ledgerVariable] ?? ''))) throw new Error('out of order');
      await pause(10 + Math.random() * 30);
      enter({ tool: name, key: idempotencyKey, pid: process.pid, at: Date.now() });
      await pause(10 + Math.random() * 30);
      return { kind: 'ok', content: `${name} ${idempotencyKey}` };
    },
  };
}

export interface LedgerLine {
  readonly tool: string;
  readonly key: string;
  readonly pid: number;
  readonly at: number;
}

/** One write of one line to a file opened for appending: lines of several processes never mix. */
function enter(line: LedgerLine): void {
  const path = process.env[ledgerVariable];
  if (path === undefined) throw new Error(`${ledgerVariable} is not set`);
  const file = openSync(path, 'a');
  try {
    writeSync(file, `${JSON.stringify(line)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const effectTool = 'drill_effect';
export const lookupTool = 'drill_lookup';

export const tools = [
  drillTool(effectTool, 'Has an effect that must not be repeated.', false),
  drillTool(lookupTool, 'Looks something up.', true),
];
