import type { AgentDefinition, ClientTool, ToolOffer } from '@lumina/contracts';
import type { Circumstances } from './circumstances';
import { askUserOffer } from './ask-user';
import { delegateOffer } from './delegation';
import type { RunState } from './run-state';

type Surroundings = Pick<Circumstances, 'agent' | 'offers' | 'isSwitchedOff'>;

/** `mcp__NAME__*` in an agent's definition: all that an MCP server offers. */
const wholeServer = /^mcp__[a-z0-9-]+__\*$/;

/** Whether what an agent's definition names stands for this tool. */
const covers = (named: string, tool: string): boolean =>
  named === tool || (wholeServer.test(named) && tool.startsWith(named.slice(0, -1)));

/** Whether an agent's definition gives it this tool: by its name, or with all of its MCP server. */
export const isToolOf = ({ tools }: Pick<AgentDefinition, 'tools'>, tool: string): boolean =>
  tools.some((named) => covers(named, tool));

/** The tools of the agent's definition that are on offer, in its order, whether operators have switched them off or not. */
export function offeredTo({ agent, offers }: Pick<Surroundings, 'agent' | 'offers'>): readonly ToolOffer[] {
  const names = agent.tools.flatMap((name) =>
    wholeServer.test(name) ? [...offers.keys()].filter((offered) => covers(name, offered)).sort() : [name],
  );
  return [...new Set(names)].flatMap((name) => offers.get(name) ?? []);
}

/**
 * The tools that this agent may use in this run: those of its definition that are on offer, delegation, questions, and those that
 * the client runs. The client's go before others of the same name, and when it demands a call, it means one of its own.
 */
export function toolsOf(
  surroundings: Surroundings,
  { depth, options: { clientTools = [], toolChoice = 'auto' }, totals }: RunState,
): readonly ToolOffer[] {
  const isDemanded = toolChoice !== 'auto' && toolChoice !== 'none' && totals.steps === 0;
  if (isDemanded && clientTools.length > 0) return clientTools.map(clientOffer);
  const { agent, isSwitchedOff = () => false } = surroundings;
  const offered = offeredTo(surroundings).filter(({ name }) => !isSwitchedOff(name));
  const own = [
    ...offered,
    ...[delegateOffer(agent, depth), askUserOffer(agent, depth)].flatMap((offer) => offer ?? []),
  ];
  if (clientTools.length === 0) return own;
  const taken = new Set(clientTools.map(({ name }) => name));
  return [...own.filter(({ name }) => !taken.has(name)), ...clientTools.map(clientOffer)];
}

/** As models are shown it; nothing but name, description and parameters is looked at for a tool that is not ours. */
const clientOffer = ({ name, description, parameters }: ClientTool): ToolOffer => ({
  ...{ name, description, parameters },
  ...{ risk: 'read', isIdempotent: false, timeoutMs: 1 },
});
