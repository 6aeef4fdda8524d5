import type { AgentDefinition, Message } from '@lumina/contracts';
import { schemaFaults } from './json-schema';

/** What is wrong with an answer. The words are shown to the model, and to whoever reads why a run failed. */
export interface AnswerFault {
  readonly check: string;
  readonly message: string;
}

export interface CheckedAnswer {
  readonly text: string;
  /** Whether the model was cut off at its output limit. */
  readonly isCutOff: boolean;
  readonly agent: AgentDefinition;
  /** What the run has to go by: what it was asked and what its tools said. */
  readonly evidence: readonly Message[];
}

/** Finds what is wrong in one respect; undefined: nothing. Pure. */
export type AnswerCheck = (answer: CheckedAnswer) => string | undefined;

const tooLong: AnswerCheck = ({ text, agent }) => {
  const most = agent.answer?.maxCharacters;
  if (most === undefined || text.length <= most) return undefined;
  return `it has ${text.length} characters, and may have ${most}`;
};

/** Models like to wrap JSON in a fence. */
const unfenced = (text: string): string =>
  /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/.exec(text)?.[1] ?? text;

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(unfenced(text)) };
  } catch {
    return undefined;
  }
}

const outOfForm: AnswerCheck = ({ text, agent, isCutOff }) => {
  const schema = agent.answer?.schema;
  if (schema === undefined) return undefined;
  const document = parsed(text);
  if (document === undefined) {
    return isCutOff
      ? 'it is no JSON: it was cut off at the output limit, so it must be shorter'
      : 'it is not one JSON document and nothing else';
  }
  const faults = schemaFaults(schema, document.value);
  return faults.length === 0 ? undefined : `it does not fit its JSON Schema: ${faults.join('; ')}`;
};

const traces = [
  /^\s+at .+ ?\(?.+:\d+:\d+\)?$/m,
  /^Traceback \(most recent call last\):/m,
  /^\s+at [\w$.]+\([\w$]+\.(?:java|kt|scala):\d+\)$/m,
  /^goroutine \d+ \[\w+\]:$/m,
  /^thread '.+' panicked at /m,
];

const leaksTrace: AnswerCheck = ({ text, agent }) => {
  if (agent.answer?.forbid?.includes('stack-trace') !== true) return undefined;
  return traces.some((trace) => trace.test(text))
    ? 'it holds a stack trace; say what went wrong in words'
    : undefined;
};

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** So many words of the instructions in a row are no accident. */
const leakedWords = 12;

const leaksInstructions: AnswerCheck = ({ text, agent }) => {
  if (agent.answer?.forbid?.includes('instructions') !== true) return undefined;
  const secret = wordsOf(agent.instructions);
  const said = ` ${wordsOf(text).join(' ')} `;
  for (let at = 0; at + leakedWords <= secret.length; at += 1) {
    if (said.includes(` ${secret.slice(at, at + leakedWords).join(' ')} `)) {
      return 'it repeats the instructions you were given; answer without them';
    }
  }
  return undefined;
};

const quoted = /(?:"([^"\n]+)"|“([^”\n]+)”|«([^»\n]+)»)\s*(?=\[[^\]\n]+\])/g;
const address = /https?:\/\/[^\s<>"'`)\]}]+/g;

/** White space, case and typography differ between a page and its quotation. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[“”«»„"]/g, '"')
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/[‐‑–—]/g, '-')
    .replaceAll(/\s+/g, ' ')
    .replace(/[\s.,;:…]+$/, '')
    .trim();

const isIn = (evidence: string, span: string): boolean =>
  span
    .split(/\s*(?:\[?(?:…|\.\.\.)\]?)\s*/)
    .map(plain)
    .every((part) => evidence.includes(part));

/** A quotation followed by its source in brackets, and each address, must stand in what the run has seen. */
const isUngrounded: AnswerCheck = ({ text, agent, evidence }) => {
  if (agent.answer?.isGrounded !== true) return undefined;
  const seen = plain(evidence.map(({ content }) => content).join('\n'));
  const spans = [...text.matchAll(quoted)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  const addresses = [...text.matchAll(address)].map(([found]) => found.replace(/[.,;:!?]+$/, ''));
  const missing = [...spans, ...addresses].filter((span) => !isIn(seen, span));
  if (missing.length === 0) return undefined;
  const shown = missing.slice(0, 3).map((span) => `«${span.slice(0, 120)}»`);
  return `it cites what no tool has said: ${shown.join(', ')}; cite only what stands in their results, word for word`;
};

/** The checks by name, in the order in which their faults are told. */
export const answerChecks: readonly (readonly [string, AnswerCheck])[] = [
  ['schema', outOfForm],
  ['length', tooLong],
  ['stack-trace', leaksTrace],
  ['instructions', leaksInstructions],
  ['grounded', isUngrounded],
];

export function answerFaults(answer: CheckedAnswer, checks = answerChecks): readonly AnswerFault[] {
  if (answer.agent.answer === undefined) return [];
  return checks.flatMap(([check, find]) => {
    const message = find(answer);
    return message === undefined ? [] : [{ check, message }];
  });
}

/** What a model is told about an answer of its own that was not accepted. */
export const repairRequest = (faults: readonly AnswerFault[]): string =>
  [
    'Your answer was not accepted:',
    ...faults.map(({ message }) => `- ${message}`),
    'Give the whole answer again, mended. Say nothing about the mistake.',
  ].join('\n');
