export interface Delegation {
  readonly agent: string;
  readonly task: string;
}

const maxLength = 4000;

const agentWords = '[`"\']?([a-z][a-z0-9]*(?:[- ][a-z0-9]+){0,3}?)[`"\']?';
const asked = new RegExp(
  `\\b(?:delegate|hand(?: this| it)? ?over|pass|ask|have|let|tell|get|use)\\s+(?:(?:this|it)\\s+)?(?:to\\s+)?(?:the\\s+|an?\\s+|your\\s+)?${agentWords}(?:\\s+(?:sub-?)?agent)?\\s*(?:\\bto\\b|\\bfor\\b|:|,)\\s*`,
  'gi',
);
/** "have the NAME do TASK", where only the hyphen tells the name from the task. */
const urged =
  /\b(?:have|let|get)\s+(?:the\s+)?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)\s+(?:(?:sub-?)?agent\s+)?(?=\S)/i;
const trailing =
  /\bdelegate\s+(?!to\s)(\S.*?)\s+to\s+(?:the\s+|an?\s+)?[`"']?([a-z][a-z0-9-]*)[`"']?(?:\s+(?:sub-?)?agent)?[.!?]*$/is;
const speaksOfAgents = /\bdelegat|\bagent\b|\bhand(?: this| it)? ?over\b/i;

/** A wish that another agent do something. @param agents those on offer; empty when the offer names none */
export function delegationIn(message: string, agents: readonly string[]): Delegation | undefined {
  const text = message.trim();
  const head = text.slice(0, maxLength);
  const readings = [...endingWith(text), ...openingWith(text, head)];
  const isExplicit = speaksOfAgents.test(head);
  return (
    readings.find(({ agent }) => agents.includes(agent)) ??
    readings.find(({ agent }) => isExplicit || (agents.length === 0 && agent.includes('-')))
  );
}

/** "ask the NAME to TASK", "have the NAME do TASK" */
function openingWith(text: string, head: string): Delegation[] {
  const urging = urged.exec(head);
  return [...head.matchAll(asked), ...(urging === null ? [] : [urging])].flatMap((match) =>
    reading(match[1] ?? '', text.slice(match.index + match[0].length)),
  );
}

/** "delegate TASK to the NAME" */
function endingWith(text: string): Delegation[] {
  const match = text.length > maxLength ? null : trailing.exec(text);
  return match === null ? [] : reading(match[2] ?? '', match[1] ?? '');
}

const pronouns = /^(?:me|us|you|him|her|them|it|everyone|somebody)\b/;

function reading(words: string, task: string): Delegation[] {
  const agent = words.trim().toLowerCase().replaceAll(' ', '-');
  return agent === '' || pronouns.test(agent) || task.trim() === '' ? [] : [{ agent, task: task.trim() }];
}
