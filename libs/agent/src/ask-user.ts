import type { AgentDefinition, ToolOffer } from '@lumina/contracts';

export const askUserTool = 'ask_user';

/** The tool by which an agent asks the person it works for; undefined for one that may not, and for subagents. */
export function askUserOffer({ canAskUser }: AgentDefinition, depth: number): ToolOffer | undefined {
  if (!canAskUser || depth > 0) return undefined;
  return {
    name: askUserTool,
    description:
      'Ask the person you work for one question, and wait for the answer. Only for what you cannot find out yourself.',
    parameters: {
      type: 'object',
      properties: { question: { type: 'string', description: 'The question, complete in itself.' } },
      required: ['question'],
      additionalProperties: false,
    },
    risk: 'read',
    isIdempotent: true,
    timeoutMs: 600_000,
  };
}

/** The question in the arguments, if there is one. */
export function questionIn(args: Readonly<Record<string, unknown>>): string | undefined {
  const { question } = args;
  return typeof question === 'string' && question.trim() !== '' ? question : undefined;
}
