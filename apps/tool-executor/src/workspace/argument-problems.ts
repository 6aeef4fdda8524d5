import type { z } from 'zod';
import { cutText, printableLine } from './printable';

interface Given {
  readonly schema: z.ZodObject;
  readonly rawArgs: Record<string, unknown>;
}

const maxProblems = 10;
const maxValueCharacters = 80;

/** For the model: each wrong field on a line, with what was expected and what was given. */
export function argumentProblems(tool: string, error: z.ZodError, given: Given): string {
  const problems = error.issues.flatMap((issue) => describe(issue, given));
  const shown = problems.slice(0, maxProblems);
  const more = problems.length > shown.length ? [`- and ${problems.length - shown.length} more`] : [];
  return [`the arguments of ${tool} are wrong:`, ...shown, ...more].join('\n');
}

function describe(issue: z.core.$ZodIssue, { schema, rawArgs }: Given): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape).join(', ');
    return issue.keys.map(
      (key) => `- ${fieldName([...issue.path, key])}: no such field; there are: ${known}`,
    );
  }
  const value = valueAt(rawArgs, issue.path);
  const expected = issue.message.replace(/^Invalid input: /, '').replace(/, received .*$/, '');
  return [
    `- ${fieldName(issue.path)}: ${expected}; was given ${value === undefined ? 'nothing' : showValue(value)}`,
  ];
}

const fieldName = (path: readonly PropertyKey[]): string =>
  path.length === 0 ? 'arguments' : printableLine(cutText(path.map(String).join('.'), maxValueCharacters));

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    if (typeof inner !== 'object' || inner === null || !Object.hasOwn(inner, key)) return undefined;
    return (inner as Record<PropertyKey, unknown>)[key];
  }, value);
}

function showValue(value: unknown): string {
  const json = printableLine(JSON.stringify(value) ?? String(value));
  return json.length <= maxValueCharacters ? json : `${cutText(json, maxValueCharacters)}… (${typeof value})`;
}
