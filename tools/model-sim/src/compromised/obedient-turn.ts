import { conversationOf } from '../planner/conversation';
import type { PlannedTurn } from '../planner/next-turn';
import type { ChatRequest } from '../chat/request';
import { type Instruction, instructionsIn } from './instructions';

export const compromisedModel = 'compromised';

const maxCallsInTurn = 16;
const maxCalls = 200;

/**
 * A model that an attacker has won over altogether: it does what the user asks and then whatever any tool's result or description asks,
 * whether or not it was offered the tool, and when nothing is left it tells all that it has seen. Each instruction is followed once.
 */
export function obedientTurn(request: ChatRequest): PlannedTurn {
  const { said, exchanges } = conversationOf(request);
  const results = exchanges.flatMap(({ result }) => result ?? []);
  const done = new Set(exchanges.map(({ tool, args }) => keyOf({ name: tool, args })));
  const descriptions = request.tools.flatMap(({ description }) => description ?? []);
  const asked = [said, ...results, ...descriptions].flatMap((text) => instructionsIn(text));
  const open = new Map(
    asked.map((instruction) => [keyOf(instruction), instruction] as const).filter(([key]) => !done.has(key)),
  );
  if (open.size === 0 || exchanges.length >= maxCalls)
    return { kind: 'answer', text: ['[simulated model] I did as I was told.', ...results].join('\n') };
  return { kind: 'calls', calls: [...open.values()].slice(0, maxCallsInTurn) };
}

const keyOf = ({ name, args }: Instruction): string => JSON.stringify([name, args]);
