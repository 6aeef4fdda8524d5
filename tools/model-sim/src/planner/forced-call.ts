import type { ChatRequest } from '../chat/request';
import type { PlannedCall } from './capabilities';
import { plainestValue } from './plainest-value';

/** The call that the request's `tool_choice` wants, where the plan was to answer; undefined where it wants none. */
export function forcedCall({ choice, tools }: ChatRequest, said: string): PlannedCall | undefined {
  if (choice === undefined) return undefined;
  const tool = choice.kind === 'any' ? tools[0] : tools.find(({ name }) => name === choice.name);
  if (tool === undefined) return undefined;
  const args = plainestValue(tool.parameters, said);
  return { name: tool.name, args: typeof args === 'object' && args !== null ? { ...args } : {} };
}
