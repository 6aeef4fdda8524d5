import type { ToolOffer } from '@lumina/contracts';
import type { Circumstances } from './circumstances';
import { delegateOffer } from './delegation';

/** The tools that this agent may use in this run: those of its definition that are on offer, and delegation. */
export function toolsOf(
  { agent, offers }: Pick<Circumstances, 'agent' | 'offers'>,
  depth: number,
): readonly ToolOffer[] {
  const offered = agent.tools.flatMap((name) => offers.get(name) ?? []);
  const delegate = delegateOffer(agent, depth);
  return delegate === undefined ? offered : [...offered, delegate];
}
