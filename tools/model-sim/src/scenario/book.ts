import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { errorMessage } from '../error-message';
import { type ResponseFields, type ScenarioFields, scenarioFileSchema, scenarioSchema } from './schema';

/** One scripted conversation: for each turn the responses to its 1st, 2nd, … request. */
export interface Scenario {
  readonly name: string;
  /** Whether this last user message picks it; undefined: none does. */
  readonly matches: ((lastUserMessage: string) => boolean) | undefined;
  /** The model name that picks it. */
  readonly model: string | undefined;
  readonly repeatsLastTurn: boolean;
  readonly turns: readonly (readonly ResponseFields[])[];
}

/** All scenarios of one file, in its order. */
export interface ScenarioBook {
  readonly scenarios: readonly Scenario[];
}

export const defaultScenarioName = 'default';
/** Not a scenario: the header's word for the rule-based planner. */
export const builtinName = 'builtin';

/** A scenario file that cannot be played. The message has one line per fault: file, path within, what was expected. */
export class ScenarioError extends Error {
  constructor(
    readonly file: string,
    readonly faults: readonly string[],
  ) {
    super(faults.map((fault) => `${file}: ${fault}`).join('\n'));
    this.name = 'ScenarioError';
  }
}

/** @throws ScenarioError when the file cannot be read or its content is no scenario */
export function readScenario(file: string): ScenarioBook {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ScenarioError(file, [`cannot be read: ${errorMessage(error)}`]);
  }
  return parseScenario(text, file);
}

/**
 * Reads YAML or JSON. Either one scenario (`turns: …` at the top) or several (`scenarios: {name: …}`).
 *
 * @param file names the source in errors
 * @throws ScenarioError naming each fault
 */
export function parseScenario(text: string, file = 'scenario'): ScenarioBook {
  const content = parseText(text, file);
  const isSingle = typeof content === 'object' && content !== null && 'turns' in content;
  if (isSingle) {
    const fields = checked(scenarioSchema, content, file);
    const isPicked = fields.match !== undefined || fields.model !== undefined;
    const name = fields.name ?? (isPicked ? 'scenario' : defaultScenarioName);
    return { scenarios: [scenarioOf(isPicked ? name : defaultScenarioName, fields, { file, path: '' })] };
  }
  const { scenarios } = checked(scenarioFileSchema, content, file);
  if (Object.hasOwn(scenarios, builtinName))
    throw new ScenarioError(file, [`scenarios.${builtinName}: expected another name, this one is taken`]);
  return {
    scenarios: Object.entries(scenarios).map(([name, fields]) =>
      scenarioOf(name, fields, { file, path: `scenarios.${name}.` }),
    ),
  };
}

function parseText(text: string, file: string): unknown {
  const document = parseDocument(text);
  if (document.errors.length > 0)
    throw new ScenarioError(
      file,
      document.errors.map((error) => `not YAML or JSON: ${error.message.trimEnd()}`),
    );
  try {
    return document.toJS() as unknown;
  } catch (error) {
    throw new ScenarioError(file, [`not YAML or JSON: ${errorMessage(error)}`]);
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, content: unknown, file: string): z.output<Schema> {
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new ScenarioError(file, parsed.error.issues.map(faultOf));
}

function faultOf(issue: z.core.$ZodIssue): string {
  const path = issue.path
    .map((key) => (typeof key === 'number' ? `[${String(key)}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  return `${path === '' ? '(top level)' : path}: ${issue.message}`;
}

function scenarioOf(
  name: string,
  fields: ScenarioFields,
  place: { readonly file: string; readonly path: string },
): Scenario {
  return {
    name,
    matches: fields.match === undefined ? undefined : matcherOf(fields.match, place),
    model: fields.model,
    repeatsLastTurn: fields.after_last_turn === 'repeat',
    turns: fields.turns,
  };
}

/** `/…/flags` is a regular expression; anything else a substring, whatever its case. */
function matcherOf(
  match: string,
  place: { readonly file: string; readonly path: string },
): (text: string) => boolean {
  const expression = /^\/(.+)\/([a-z]*)$/s.exec(match);
  if (expression === null) {
    const wanted = match.toLowerCase();
    return (text) => text.toLowerCase().includes(wanted);
  }
  try {
    // Without g and y, which would make the answer depend on the previous one.
    const pattern = new RegExp(expression[1] ?? '', (expression[2] ?? '').replace(/[gy]/g, ''));
    return (text) => pattern.test(text);
  } catch (error) {
    const reason = errorMessage(error);
    throw new ScenarioError(place.file, [`${place.path}match: expected a regular expression: ${reason}`]);
  }
}
