import type { ClientTool, ToolOffer } from '@lumina/contracts';
import type { Circumstances } from './circumstances';
import { askUserOffer } from './ask-user';
import { delegateOffer } from './delegation';
import type { RunState } from './run-state';

/**
 * The tools that this agent may use in this run: those of its definition that are on offer, delegation, questions, and those that
 * the client runs. The client's go before others of the same name, and when it demands a call, it means one of its own.
 */
export function toolsOf(
  { agent, offers }: Pick<Circumstances, 'agent' | 'offers'>,
  { depth, options: { clientTools = [], toolChoice = 'auto' }, totals }: RunState,
): readonly ToolOffer[] {
  const isDemanded = toolChoice !== 'auto' && toolChoice !== 'none' && totals.steps === 0;
  if (isDemanded && clientTools.length > 0) return clientTools.map(clientOffer);
  const offered = agent.tools.flatMap((name) => offers.get(name) ?? []);
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
