import type { ToolOffer } from '@lumina/contracts';
import type { Circumstances } from './circumstances';
import { askUserOffer } from './ask-user';
import { delegateOffer } from './delegation';

/** The tools that this agent may use in this run: those of its definition that are on offer, delegation, and questions. */
export function toolsOf(
  { agent, offers }: Pick<Circumstances, 'agent' | 'offers'>,
  depth: number,
): readonly ToolOffer[] {
  const offered = agent.tools.flatMap((name) => offers.get(name) ?? []);
  return [
    ...offered,
    ...[delegateOffer(agent, depth), askUserOffer(agent, depth)].flatMap((offer) => offer ?? []),
  ];
}
