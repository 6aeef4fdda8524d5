import { type AgentDefinition, type ToolOffer } from '@lumina/contracts';
import { z } from 'zod';

/** A subagent may delegate in its turn, this many levels below the run that a client began. */
export const maxDepth = 3;
export const delegateTool = 'delegate';

const delegateArgsSchema = z.object({ agent: z.string(), task: z.string().trim().min(1) });

export type Delegation =
  | { readonly kind: 'delegation'; readonly agent: string; readonly task: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** The tool by which an agent hands work to its subagents; undefined for one that may not. */
export function delegateOffer(agent: AgentDefinition, depth: number): ToolOffer | undefined {
  if (agent.subagents.length === 0 || depth >= maxDepth) return undefined;
  return {
    name: delegateTool,
    description:
      'Hand a self-contained task to a subagent and wait for its answer. It sees none of this conversation: ' +
      'say all that it needs to know.',
    parameters: {
      type: 'object',
      properties: {
        agent: { type: 'string', enum: [...agent.subagents], description: 'Which subagent.' },
        task: { type: 'string', description: 'The task, complete in itself.' },
      },
      required: ['agent', 'task'],
      additionalProperties: false,
    },
    risk: 'read',
    isIdempotent: true,
    timeoutMs: 600_000,
  };
}

export function readDelegation(agent: AgentDefinition, args: Readonly<Record<string, unknown>>): Delegation {
  const parsed = delegateArgsSchema.safeParse(args);
  if (!parsed.success) return { kind: 'refused', reason: '`agent` and `task` must both be non-empty text' };
  if (agent.subagents.includes(parsed.data.agent)) return { kind: 'delegation', ...parsed.data };
  return {
    kind: 'refused',
    reason: `there is no subagent "${parsed.data.agent}"; there are: ${agent.subagents.join(', ')}`,
  };
}
