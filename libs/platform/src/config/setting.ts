import type { z } from 'zod';
import { secretFromFile } from './secret-file';
import type { SettingReading, SettingSource } from './setting-reading';

/** One environment variable: how it is read, and what a person must know to set it. */
export interface Setting<Value> {
  /** For people, for example `duration` or `integer from 1 to 65535`. */
  readonly type: string;
  readonly description: string;
  /** What would do, for people: ends the sentence "expected …". */
  readonly expected: string;
  /**
   * A regular expression for what may be written, in what JSON Schema and RE2 share; undefined: anything. It may be narrower than what is
   * read (the case of letters) and wider (limits), and is for tools that see values before a service does.
   */
  readonly syntax: string | undefined;
  /** As one would write it in the environment; undefined when leaving it out means "not set". */
  readonly default: string | undefined;
  readonly isRequired: boolean;
  readonly isSecret: boolean;
  /** `undefined`: the variable is not set and has no default. */
  readonly read: (source: SettingSource | undefined) => SettingReading<Value>;
}

export interface SettingOptions {
  readonly description: string;
  /** Written as in the environment, so that it passes through the same parser. */
  readonly default?: string;
  readonly isRequired?: boolean;
}

/** A value is surely there when it has a default or is required. */
export type Present<Value, Options extends SettingOptions> = Options extends
  { readonly default: string } | { readonly isRequired: true }
  ? Value
  : Value | undefined;

function readText<Value>(
  schema: z.ZodType<Value, string>,
  source: SettingSource | undefined,
): SettingReading<Value | undefined> {
  if (source === undefined) return { isValid: true, value: undefined };
  if (source.kind === 'file') return { isValid: false, expected: 'a value, not a file' };
  const result = schema.safeParse(source.text);
  if (result.success) return { isValid: true, value: result.data };
  const messages = new Set(result.error.issues.map((issue) => issue.message));
  return { isValid: false, expected: [...messages].join('; ') };
}

/** How a kind of setting is written. */
export interface Writing {
  readonly expected: string;
  readonly syntax?: string | undefined;
}

/**
 * A setting of any kind. `schema` turns the trimmed, non-empty text into the value in base units; the messages of
 * its issues end the sentence "expected …".
 *
 * @throws Error when the default does not pass the schema: a bug in the definition.
 */
export function setting<Value, const Options extends SettingOptions>(
  type: string,
  schema: z.ZodType<Value, string>,
  options: Options,
  { expected = type, syntax }: Partial<Writing> = {},
): Setting<Present<Value, Options>> {
  const read = (source: SettingSource | undefined): SettingReading<Value | undefined> =>
    readText(schema, source);
  if (options.default !== undefined) {
    const reading = read({ kind: 'text', text: options.default });
    if (!reading.isValid) throw new Error(`default ${options.default}: expected ${reading.expected}`);
  }
  const result: Setting<Value | undefined> = {
    type,
    description: options.description,
    expected,
    syntax,
    default: options.default,
    isRequired: options.isRequired ?? false,
    isSecret: false,
    read,
  };
  // The absent case is ruled out by parseSettings wherever Present leaves `undefined` out.
  return result as Setting<Present<Value, Options>>;
}

/**
 * Makes a setting secret: it is never shown in a fault, may come as a file (`<NAME>_FILE`), and its value is a function,
 * so that it cannot slip into a log and a file's new content is seen (checked at most once a second).
 */
export function secretOf<Value>(inner: Setting<Value>): Setting<() => Value> {
  const parse = (text: string): SettingReading<Value> => inner.read({ kind: 'text', text });
  return {
    ...inner,
    isSecret: true,
    read: (source) => {
      if (source?.kind === 'file') return secretFromFile(source.path, parse);
      const reading = inner.read(source);
      if (!reading.isValid) return { isValid: false, expected: inner.type };
      return { isValid: true, value: () => reading.value };
    },
  };
}
