import { closeSync, existsSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { pause } from '@lumina/testbed';
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

interface Work {
  readonly isIdempotent: boolean;
  /** How long it works on once its line is written. */
  readonly thenMs: () => number;
}

function drillTool(name: string, description: string, { isIdempotent, thenMs }: Work) {
  return {
    name,
    description,
    schema: z.object({}),
    risk: isIdempotent ? ('read' as const) : ('write' as const),
    isIdempotent,
    timeoutMs: 60_000,
    run: async (_args: unknown, { idempotencyKey, signal }: Context): Promise<Answer> => {
      if (existsSync(toolFaultFile(process.env[ledgerVariable] ?? ''))) throw new Error('out of order');
      await pause(aMoment());
      enter({ tool: name, key: idempotencyKey, pid: process.pid, at: Date.now() });
      await pause(thenMs(), signal);
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

const aMoment = (): number => 10 + Math.random() * 30;

export const effectTool = 'drill_effect';
export const lookupTool = 'drill_lookup';
export const slowTool = 'drill_slow';
export const guardedTool = 'drill_guarded';

export const tools = [
  drillTool(effectTool, 'Has an effect that must not be repeated.', { isIdempotent: false, thenMs: aMoment }),
  drillTool(lookupTool, 'Looks something up.', { isIdempotent: true, thenMs: aMoment }),
  drillTool(slowTool, 'Works for long.', { isIdempotent: false, thenMs: () => 50_000 }),
  drillTool(guardedTool, 'Does what a person must approve.', { isIdempotent: false, thenMs: aMoment }),
];
