import { RE2JS } from 're2js';
import { visible } from '../../output/untrusted';

/** A JSON value, as a stranger sent it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where a stranger's schema cannot be used, and why; for operators. */
export class SchemaFault extends Error {}

const maxDepth = 12;
const maxNodes = 1_000;
const maxTextCharacters = 1_000;
const maxPatternCharacters = 500;
/** What makers of models accept as the name of a parameter. */
const propertyName = /^[a-zA-Z0-9_.-]{1,64}$/;
const types: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'];

const copied = new Set(['const', 'default', 'format']);
const numbers = new Set(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']);
const counts = new Set(['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties']);
const inner = new Set(['items', 'not', 'additionalProperties']);
const several = new Set(['anyOf', 'oneOf', 'allOf']);
const named = new Set(['properties', '$defs', 'definitions']);
/** At the top there must be one plain object: makers of models refuse the whole request otherwise. */
const notAtTop = new Set(['anyOf', 'oneOf', 'allOf', 'not', 'enum', 'const', '$ref', 'default', 'format']);

/**
 * Reads a stranger's schema into one that may be shown to models and checked against: what is not known is left out, so that the server
 * itself judges it; what could cost without bounds, or break a request to a model, is refused.
 *
 * @throws SchemaFault
 */
export function readSchema(raw: unknown): JsonObject {
  if (!isObject(raw)) throw new SchemaFault('its schema is no object');
  if (raw['type'] !== 'object') throw new SchemaFault('its schema does not describe an object');
  const top = Object.fromEntries(Object.entries(raw).filter(([key]) => !notAtTop.has(key)));
  const read = new Reading().schema(top, 0) as JsonObject;
  return { properties: {}, ...read, type: 'object' };
}

class Reading {
  #nodes = 0;

  schema(raw: Json, depth: number): Json {
    if (typeof raw === 'boolean') return raw;
    if (!isObject(raw)) throw new SchemaFault('its schema holds something that is no schema');
    this.#nodes += 1;
    if (this.#nodes > maxNodes) throw new SchemaFault(`its schema has more than ${maxNodes} parts`);
    if (depth > maxDepth) throw new SchemaFault(`its schema is deeper than ${maxDepth}`);
    const entries = Object.entries(raw).flatMap(([key, value]) => {
      const read = this.#keyword(key, value, depth);
      return read === undefined ? [] : [[key, read] as const];
    });
    return Object.fromEntries(entries);
  }

  /** Undefined for what is left out. */
  #keyword(key: string, value: Json, depth: number): Json | undefined {
    if (key === 'type') return typeOf(value);
    if (key === 'description' || key === 'title') return textOf(value);
    if (key === 'enum') return enumOf(value);
    if (key === 'required') return namesOf(value);
    if (key === 'pattern') return patternOf(value);
    if (key === '$ref') return refOf(value);
    if (copied.has(key)) return small(value);
    if (numbers.has(key)) return typeof value === 'number' ? value : undefined;
    if (counts.has(key)) return typeof value === 'number' && value >= 0 ? value : undefined;
    if (inner.has(key)) return Array.isArray(value) ? undefined : this.schema(value, depth + 1);
    if (several.has(key)) return this.#several(value, depth);
    return named.has(key) ? this.#named(value, depth) : undefined;
  }

  #several(value: Json, depth: number): Json | undefined {
    if (!Array.isArray(value) || value.length === 0) return undefined;
    return (value as readonly Json[]).map((each) => this.schema(each, depth + 1));
  }

  #named(value: Json, depth: number): Json | undefined {
    if (!isObject(value)) return undefined;
    return Object.fromEntries(
      Object.entries(value).map(([name, schema]) => {
        if (!propertyName.test(name) || name === '__proto__')
          throw new SchemaFault('its schema names a parameter in a way that models are not shown');
        return [name, this.schema(schema, depth + 1)];
      }),
    );
  }
}

function typeOf(value: Json): Json | undefined {
  if (types.includes(value)) return value;
  if (!Array.isArray(value)) return undefined;
  const known = (value as readonly Json[]).filter((each) => types.includes(each));
  return known.length === 0 ? undefined : known;
}

const textOf = (value: Json): Json | undefined =>
  typeof value === 'string' ? visible(value.toWellFormed()).slice(0, maxTextCharacters) : undefined;

const small = (value: Json): Json | undefined =>
  JSON.stringify(value).length <= maxTextCharacters ? value : undefined;

const enumOf = (value: Json): Json | undefined =>
  Array.isArray(value) && value.length > 0 && value.length <= 250 ? value : undefined;

const namesOf = (value: Json): Json | undefined =>
  Array.isArray(value) ? (value as readonly Json[]).filter((each) => typeof each === 'string') : undefined;

/** Only what an engine without backtracking understands: another one would let a server stop us with a word. */
function patternOf(value: Json): Json | undefined {
  if (typeof value !== 'string' || value.length > maxPatternCharacters) return undefined;
  try {
    RE2JS.compile(value);
    return value;
  } catch {
    return undefined;
  }
}

const refOf = (value: Json): Json | undefined => {
  if (typeof value !== 'string' || !/^#\/(\$defs|definitions)\/[a-zA-Z0-9_.-]+$/.test(value))
    throw new SchemaFault('its schema refers to something outside of it');
  return value;
};
