import type { ToolOffer } from '@lumina/contracts';
import type { Circumstances } from './circumstances';
import { askUserOffer } from './ask-user';
import { delegateOffer } from './delegation';

type Surroundings = Pick<Circumstances, 'agent' | 'offers' | 'isSwitchedOff'>;

/** `mcp__NAME__*` in an agent's definition: all that an MCP server offers. */
const wholeServer = /^mcp__[a-z0-9-]+__\*$/;

/** The tools of the agent's definition that are on offer, in its order, whether operators have switched them off or not. */
export function offeredTo({ agent, offers }: Pick<Surroundings, 'agent' | 'offers'>): readonly ToolOffer[] {
  const names = agent.tools.flatMap((name) => {
    if (!wholeServer.test(name)) return [name];
    const prefix = name.slice(0, -1);
    return [...offers.keys()].filter((offered) => offered.startsWith(prefix)).sort();
  });
  return [...new Set(names)].flatMap((name) => offers.get(name) ?? []);
}

/** The tools that this agent may use in this run: those that it is offered, delegation, and questions. */
export function toolsOf(surroundings: Surroundings, depth: number): readonly ToolOffer[] {
  const { agent, isSwitchedOff = () => false } = surroundings;
  return [
    ...offeredTo(surroundings).filter(({ name }) => !isSwitchedOff(name)),
    ...[delegateOffer(agent, depth), askUserOffer(agent, depth)].flatMap((offer) => offer ?? []),
  ];
}
