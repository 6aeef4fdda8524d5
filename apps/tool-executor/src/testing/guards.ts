import { type AgentDefinition, agentDefinitionSchema } from '@lumina/contracts';
import { Scrubber } from '@lumina/platform';
import { MemoryResultCache } from '../cache/result-cache';
import type { CallGuards } from '../guarded-call';
import { MemoryRateLimits } from '../limits/rate-limits';
import type { CallRecord } from '../policy/call-audit';
import type { CallGate } from '../policy/call-gate';
import type { CallOrigin } from '../policy/call-origin';

export const origin: CallOrigin = {
  ...{ run: 'r1', item: 'call:1.0', thread: 't1', tenant: 'a', user: 'key:1' },
  ...{ agent: 'lumina', agentDigest: 'd1' },
};

/** An agent that may call these tools without asking. */
export const agentWith = (
  tools: readonly string[],
  changes: Partial<AgentDefinition> = {},
): AgentDefinition => ({
  ...agentDefinitionSchema.parse({
    ...{ name: 'lumina', description: 'Works.', instructions: 'Work.', tools: [...tools] },
    policy: Object.fromEntries(tools.map((name) => [name, 'allow'])),
  }),
  ...changes,
});

export const openGate: CallGate = { admit: async () => ({ kind: 'admitted', by: 'policy' }) };

export interface TestGuards extends CallGuards {
  readonly records: CallRecord[];
  readonly refusals: string[];
}

/** Guards that let everything pass, in memory, and note what they are told. */
export function testGuards(changes: Partial<CallGuards> = {}, nowMs: () => number = Date.now): TestGuards {
  const records: CallRecord[] = [];
  const refusals: string[] = [];
  let owners = 0;
  return {
    switches: { offFor: () => undefined },
    gate: openGate,
    limits: new MemoryRateLimits(nowMs),
    cache: new MemoryResultCache(nowMs),
    scrubber: new Scrubber(() => []),
    nextOwner: () => `owner#${++owners}`,
    onRecord: (record) => void records.push(record),
    onRefusal: (tool, why) => void refusals.push(`${tool} ${why}`),
    records,
    refusals,
    ...changes,
  };
}
