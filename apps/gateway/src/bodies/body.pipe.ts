import { type FieldProblem, LuminaError } from '@lumina/contracts';
import { type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { type ValidationError, validateSync } from 'class-validator';
import { type BodyClass, isAsAsked } from './field-rules';

/**
 * Checks a body against its DTO's decorators. Fields that the DTO does not know are left out: clients send many that their
 * own server never had a use for. All that is wrong is told at once, each with its path and what was expected.
 */
export class BodyPipe implements PipeTransform {
  transform(value: unknown, { type, metatype, data }: ArgumentMetadata): unknown {
    if (type === 'query' && data !== undefined) return once(data, value);
    if (type !== 'body' || metatype === undefined) return value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new LuminaError('LUM_VALIDATION_FAILED', 'The body must be a JSON object.');
    }
    const given = Object.entries(value).filter(([, content]) => content !== null && content !== undefined);
    const body: object = Object.assign(new metatype() as object, Object.fromEntries(given));
    if (isAsAsked(body, metatype as BodyClass)) return body;
    const faults = validateSync(body, { whitelist: true, stopAtFirstError: true });
    if (faults.length === 0) return body;
    const fields = faults.flatMap((fault) => problemsOf(fault, ''));
    const detail = fields.map(({ field, expected }) => `${field}: expected ${expected}`).join('; ');
    throw new LuminaError('LUM_VALIDATION_FAILED', detail, { fields });
  }
}

/** Of a parameter that stands alone: where it comes twice, nobody knows which is meant. */
function once(field: string, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const fields = [{ field, expected: 'one value' }];
  throw new LuminaError('LUM_VALIDATION_FAILED', `${field}: expected one value, not several`, { fields });
}

function problemsOf({ property, constraints, children }: ValidationError, above: string): FieldProblem[] {
  const path = above === '' ? property : `${above}.${property}`;
  const own = Object.values(constraints ?? {}).map((message) => problemOf(path, message));
  return [...own, ...(children ?? []).flatMap((child) => problemsOf(child, path))];
}

/** A message may begin with a deeper path of its own: `.messages.0.content: text`. */
function problemOf(path: string, message: string): FieldProblem {
  const deeper = /^((?:\.[\w-]+)+): (.*)$/s.exec(message);
  if (deeper === null) return { field: path, expected: message };
  return { field: `${path}${deeper[1] ?? ''}`, expected: deeper[2] ?? '' };
}
