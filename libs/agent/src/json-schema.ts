import { Validator } from '@cfworker/json-schema';

/*
 * There are two checks of JSON Schema in this repository, on purpose.
 *
 * This one judges what models write: arguments of our own tools before a call is made, and answers against the rules of an agent. Its schemas are
 * ours or the operator's, so it may be a whole validator that knows all of 2020-12. It is not bounded: a pattern of nested repetition
 * runs on the language's own engine, and 40 characters keep that busy for hours.
 *
 * `apps/tool-executor/src/mcp/schema/argument-check.ts` judges arguments against schemas that strangers send. It knows less, and is bounded in
 * steps and depth, with an engine for patterns that does not backtrack. So a stranger's schema never comes here: `planCall` leaves
 * tools of MCP servers out.
 */
export type JsonSchema = Readonly<Record<string, unknown>>;

const validators = new WeakMap<JsonSchema, Validator>();
const shownFaults = 3;

function validatorOf(schema: JsonSchema): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const created = new Validator(schema, '2020-12', false);
  validators.set(schema, created);
  return created;
}

/** Faults in wrapping objects only repeat what is wrong inside them. */
const repeating = new Set(['properties', 'items', 'prefixItems', 'allOf', '$ref']);

/**
 * What of a value does not fit a schema, in words that a model can act on; at most three. A schema that cannot be used (a
 * reference that leads nowhere) finds no fault: whoever takes the value checks it again.
 */
export function schemaFaults(schema: JsonSchema, value: unknown): readonly string[] {
  try {
    const { valid, errors } = validatorOf(schema).validate(value);
    if (valid) return [];
    const own = errors.filter(({ keyword }) => !repeating.has(keyword));
    const shown = (own.length > 0 ? own : errors).slice(0, shownFaults);
    return shown.map(({ instanceLocation, error }) => `${placeOf(instanceLocation)}: ${error}`);
  } catch {
    return [];
  }
}

const placeOf = (location: string): string => (location === '#' ? 'the whole' : location.slice(2));
