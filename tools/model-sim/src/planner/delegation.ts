export interface Delegation {
  readonly agent: string;
  readonly task: string;
}

const maxLength = 4000;

const agentWords = '[`"\']?([a-z][a-z0-9]*(?:[- ][a-z0-9]+){0,3}?)[`"\']?';
const asked = new RegExp(
  `\\b(?:delegate|hand ?over|pass|ask|have|let|tell|get|use)\\s+(?:(?:this|it)\\s+)?(?:to\\s+)?(?:the\\s+|an?\\s+|your\\s+)?${agentWords}(?:\\s+(?:sub-?)?agent)?\\s*(?:\\bto\\b|\\bfor\\b|:|,)\\s*`,
  'gi',
);
const trailing =
  /\bdelegate\s+(\S.*?)\s+to\s+(?:the\s+|an?\s+)?[`"']?([a-z][a-z0-9-]*)[`"']?(?:\s+(?:sub-?)?agent)?[.!?]*$/is;
const speaksOfAgents = /\bdelegat|\bagent\b|\bhand ?over\b/i;

/** A wish that another agent do something. @param agents those on offer; empty when the offer names none */
export function delegationIn(message: string, agents: readonly string[]): Delegation | undefined {
  const text = message.trim();
  const head = text.slice(0, maxLength);
  const isExplicit = speaksOfAgents.test(head);
  for (const match of head.matchAll(asked)) {
    const agent = agentNamed(match[1] ?? '', agents, isExplicit);
    const task = text.slice(match.index + match[0].length).trim();
    if (agent !== undefined && task !== '') return { agent, task };
  }
  const match = text.length > maxLength ? null : trailing.exec(text);
  const agent = agentNamed(match?.[2] ?? '', agents, true);
  return match === null || agent === undefined ? undefined : { agent, task: (match[1] ?? '').trim() };
}

const pronouns = /^(?:me|us|you|him|her|them|it|everyone|somebody)\b/;

/** An agent on offer counts always; any other name only where the message speaks of agents, or where the offer names none. */
function agentNamed(words: string, agents: readonly string[], isExplicit: boolean): string | undefined {
  const name = words.trim().toLowerCase().replaceAll(' ', '-');
  if (name === '' || pronouns.test(name)) return undefined;
  if (agents.includes(name) || isExplicit) return name;
  return agents.length === 0 && name.includes('-') ? name : undefined;
}
