import { ValidateBy } from 'class-validator';
import type { z } from 'zod';

/** The decorator of a field whose form a schema tells: the first fault is said with its path below the field. */
export const Fits = (schema: z.ZodType): PropertyDecorator =>
  ValidateBy({
    name: 'fits',
    validator: {
      validate: (value) => schema.safeParse(value).success,
      defaultMessage: (given) => firstFault(schema, given?.value),
    },
  });

function firstFault(schema: z.ZodType, value: unknown): string {
  const issue = deepest(schema.safeParse(value).error?.issues ?? []);
  if (issue === undefined) return '';
  const path = issue.path.map((key) => `.${String(key)}`).join('');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
}

/** Of a union, the branch that came furthest says what is wrong. */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  const [issue] = issues;
  if (issue?.code !== 'invalid_union') return issue;
  const inner = issue.errors.flatMap((branch) => deepest(branch) ?? []);
  const best = inner.sort((a, b) => b.path.length - a.path.length)[0];
  if (best === undefined || best.path.length === 0) return issue;
  return { ...best, path: [...issue.path, ...best.path] };
}
