import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import type { z } from 'zod';

/** A configuration file that cannot be used; the message says where and why. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * Reads a YAML file against a schema.
 *
 * @throws ConfigurationError that names the file, each place that is wrong, and what was expected there
 */
export function readYamlFile<Schema extends z.ZodType>(path: string, schema: Schema): z.infer<Schema> {
  const document = parseDocument(readText(path), { prettyErrors: true });
  if (document.errors.length > 0) {
    throw new ConfigurationError(
      [`${path} is not YAML:`, ...document.errors.map(({ message }) => `  ${message}`)].join('\n'),
    );
  }
  const parsed = schema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path: place, message }) => `  ${place.join('.') || '(file)'}: ${message}`,
  );
  throw new ConfigurationError([`${path} does not fit:`, ...faults].join('\n'));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
