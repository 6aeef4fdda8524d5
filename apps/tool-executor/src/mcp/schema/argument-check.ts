import { canonicalJson } from '@lumina/agent';
import { RE2JS } from 're2js';
import { type Json, type JsonObject, isObject } from './json-schema';

/**
 * Checks arguments against a schema that `readSchema` has let pass. Why there is another check, and which judges what: `libs/agent/src/json-schema.ts`.
 * Invariants:
 *
 * G1 It ends after a bounded number of steps, whatever schema and arguments are: what is not judged by then is left to the server.
 * G2 Patterns are matched without backtracking. No code is made from a schema.
 * G3 What is refused is wrong. What is not known here, such as formats, refuses nothing; so `not` is left to the server, and of `oneOf` it
 *    is asked that one fits at least.
 */
export interface ArgumentCheck {
  /** What is wrong, a line each and the most important first; empty when nothing is. */
  problems(args: Readonly<Record<string, unknown>>): readonly string[];
}

const maxSteps = 20_000;
const maxDepth = 64;
const maxProblems = 8;
const maxShownCharacters = 120;

export const argumentCheck = (schema: JsonObject): ArgumentCheck => {
  const patterns = new Map<string, RE2JS>();
  return { problems: (args) => new Checking(schema, patterns).check(args) };
};

type Found = string[];

class Checking {
  #steps = 0;
  #depth = 0;

  constructor(
    private readonly root: JsonObject,
    private readonly patterns: Map<string, RE2JS>,
  ) {}

  check(args: unknown): readonly string[] {
    const found: Found = [];
    this.#schema(this.root, args as Json, '', found);
    return [...new Set(found)].slice(0, maxProblems);
  }

  #schema(schema: Json, value: Json, path: string, found: Found): void {
    if (found.length >= maxProblems) return;
    if ((this.#steps += 1) > maxSteps || this.#depth >= maxDepth) return;
    this.#depth += 1;
    this.#judge(schema, value, path, found);
    this.#depth -= 1;
  }

  #judge(schema: Json, value: Json, path: string, found: Found): void {
    if (schema === false) return void found.push(`${at(path)} is not allowed`);
    if (!isObject(schema)) return;
    const target = this.#referred(schema['$ref']);
    if (target !== undefined) this.#schema(target, value, path, found);
    if (!isOfType(schema['type'], value))
      return void found.push(`${at(path)} must be ${typeText(schema['type'])}, not ${kindOf(value)}`);
    const told =
      valueProblem(schema, value) ?? this.#textProblem(schema, value) ?? sizeProblem(schema, value);
    if (told !== undefined) found.push(`${at(path)} ${told}`);
    this.#combined(schema, value, path, found);
    if (isObject(value)) this.#object(schema, value, path, found);
    if (Array.isArray(value) && schema['items'] !== undefined)
      for (const [index, each] of (value as readonly Json[]).entries())
        this.#schema(schema['items'], each, `${path}[${index}]`, found);
  }

  #referred(ref: Json | undefined): Json | undefined {
    if (typeof ref !== 'string') return undefined;
    const [, kind = '', name = ''] = ref.split('/');
    const definitions = this.root[kind];
    return isObject(definitions) && Object.hasOwn(definitions, name) ? definitions[name] : undefined;
  }

  #combined(schema: JsonObject, value: Json, path: string, found: Found): void {
    const fits = (each: Json): boolean => {
      const problems: Found = [];
      this.#schema(each, value, path, problems);
      return problems.length === 0;
    };
    const { allOf, anyOf, oneOf } = schema;
    for (const each of listOf(allOf)) this.#schema(each, value, path, found);
    const isNone = [anyOf, oneOf].some((kinds) => kinds !== undefined && !listOf(kinds).some(fits));
    if (isNone) found.push(`${at(path)} fits none of the kinds that are allowed`);
  }

  #object(schema: JsonObject, value: JsonObject, path: string, found: Found): void {
    const properties = isObject(schema['properties']) ? schema['properties'] : {};
    for (const name of listOf(schema['required']))
      if (typeof name === 'string' && !Object.hasOwn(value, name))
        found.push(`${at(below(path, name))} is missing`);
    const others = schema['additionalProperties'];
    for (const [name, each] of Object.entries(value)) {
      if (Object.hasOwn(properties, name))
        this.#schema(properties[name] ?? true, each, below(path, name), found);
      else if (others === false) found.push(unknownText(below(path, name), Object.keys(properties)));
      else if (others !== undefined) this.#schema(others, each, below(path, name), found);
    }
  }

  #textProblem({ pattern }: JsonObject, value: Json): string | undefined {
    if (typeof value !== 'string' || typeof pattern !== 'string') return undefined;
    const known = this.patterns.get(pattern) ?? RE2JS.compile(pattern);
    this.patterns.set(pattern, known);
    return known.matcher(value).find() ? undefined : `must match ${shown(pattern)}`;
  }
}

const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
const at = (path: string): string => (path === '' ? 'the arguments' : `\`${shown(path)}\``);
const shown = (text: string): string =>
  text.length <= maxShownCharacters ? text : `${text.slice(0, maxShownCharacters)}…`;

const unknownText = (path: string, known: readonly string[]): string =>
  `${at(path)} is not known; there are: ${shown(known.join(', ')) || 'none'}`;

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'an object',
};

const typeText = (type: Json | undefined): string =>
  (Array.isArray(type) ? (type as readonly Json[]) : [type])
    .map((each) => (typeof each === 'string' ? (typeNames[each] ?? each) : ''))
    .join(' or ');

function isOfType(type: Json | undefined, value: Json): boolean {
  if (type === undefined) return true;
  return (Array.isArray(type) ? (type as readonly Json[]) : [type]).some((each) => isOf(each, value));
}

function isOf(type: Json, value: Json): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'null':
      return value === null;
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function valueProblem({ enum: values, const: constant }: JsonObject, value: Json): string | undefined {
  if (values === undefined && constant === undefined) return undefined;
  const given = canonicalJson(value);
  if (values !== undefined && !listOf(values).some((each) => canonicalJson(each) === given))
    return `must be one of ${shown(
      listOf(values)
        .map((each) => JSON.stringify(each))
        .join(', '),
    )}`;
  return constant === undefined || canonicalJson(constant) === given
    ? undefined
    : `must be ${shown(JSON.stringify(constant))}`;
}

const bounds: readonly (readonly [string, string, (size: number, bound: number) => boolean])[] = [
  ['minimum', 'must be at least', (size, bound) => size >= bound],
  ['maximum', 'must be at most', (size, bound) => size <= bound],
  ['exclusiveMinimum', 'must be more than', (size, bound) => size > bound],
  ['exclusiveMaximum', 'must be less than', (size, bound) => size < bound],
];
const sizes: readonly (readonly [string, 'least' | 'most', 'text' | 'list' | 'object', string])[] = [
  ['minLength', 'least', 'text', 'characters'],
  ['maxLength', 'most', 'text', 'characters'],
  ['minItems', 'least', 'list', 'entries'],
  ['maxItems', 'most', 'list', 'entries'],
  ['minProperties', 'least', 'object', 'fields'],
  ['maxProperties', 'most', 'object', 'fields'],
];

function sizeProblem(schema: JsonObject, value: Json): string | undefined {
  if (typeof value === 'number') {
    const broken = bounds.find(
      ([key, , holds]) => typeof schema[key] === 'number' && !holds(value, schema[key]),
    );
    return broken && `${broken[1]} ${JSON.stringify(schema[broken[0]])}`;
  }
  const [kind, size] = sizeOf(value);
  const broken = sizes.find(([key, way, of]) => {
    const bound = schema[key];
    return of === kind && typeof bound === 'number' && (way === 'least' ? size < bound : size > bound);
  });
  return broken && `must have at ${broken[1]} ${JSON.stringify(schema[broken[0]])} ${broken[3]}`;
}

function sizeOf(value: Json): readonly ['text' | 'list' | 'object' | 'none', number] {
  // Characters are code points in JSON Schema.
  if (typeof value === 'string') return ['text', Array.from(value).length];
  if (Array.isArray(value)) return ['list', value.length];
  return isObject(value) ? ['object', Object.keys(value).length] : ['none', 0];
}
