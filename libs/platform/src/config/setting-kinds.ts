import { z } from 'zod';
import { parseBytes, parseDurationMs } from './quantities';
import { type Present, type Setting, type SettingOptions, secretOf, setting } from './setting';
import { entriesSyntax, syntaxes, urlSyntax, wordsSyntax } from './setting-syntax';

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

const within = (value: number, { min = -Infinity, max = Infinity }: Bounds): boolean =>
  value >= min && value <= max;

function bounded(noun: string, { min, max }: Bounds): string {
  if (min !== undefined && max !== undefined) return `${noun} from ${String(min)} to ${String(max)}`;
  if (min !== undefined) return `${noun} of at least ${String(min)}`;
  return max === undefined ? noun : `${noun} of at most ${String(max)}`;
}

/** A schema from a parser that answers `undefined` to what it does not understand. */
const parsed = <Value>(
  parse: (text: string) => Value | undefined,
  expected: string,
): z.ZodType<Value, string> =>
  z.string().transform((text, context) => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  });

const numberKind = (parse: (text: string) => number | undefined, noun: string, bounds: Bounds) =>
  parsed((text) => {
    const value = parse(text);
    return value !== undefined && within(value, bounds) ? value : undefined;
  }, noun);

const words: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

/** `true yes on 1` or `false no off 0`, in any case. */
export const flag = <const Options extends SettingOptions>(
  options: Options,
): Setting<Present<boolean, Options>> => {
  const parse = (text: string): boolean | undefined => {
    const word = text.toLowerCase();
    return Object.hasOwn(words, word) ? words[word] : undefined;
  };
  const expected = 'true or false (also yes, no, on, off, 1, 0)';
  return setting('boolean', parsed(parse, expected), options, {
    expected,
    syntax: wordsSyntax(Object.keys(words)),
  });
};

export const text = <const Options extends SettingOptions & { pattern?: RegExp; expected?: string }>(
  options: Options,
): Setting<Present<string, Options>> => {
  const { pattern = /./s, expected = 'text' } = options;
  const parse = (given: string): string | undefined => (pattern.test(given) ? given : undefined);
  return setting('text', parsed(parse, expected), options, { expected, syntax: options.pattern?.source });
};

export const integer = <const Options extends SettingOptions & Bounds>(
  options: Options,
): Setting<Present<number, Options>> => {
  const noun = bounded('integer', options);
  const parse = (given: string): number | undefined => {
    const value = /^[+-]?\d+$/.test(given) ? Number(given) : Number.NaN;
    return Number.isSafeInteger(value) ? value : undefined;
  };
  const expected = `an ${noun}`;
  return setting(noun, numberKind(parse, expected, options), options, { expected, syntax: syntaxes.integer });
};

export const decimal = <const Options extends SettingOptions & Bounds>(
  options: Options,
): Setting<Present<number, Options>> => {
  const noun = bounded('number', options);
  const parse = (given: string): number | undefined =>
    /^[+-]?(\d+\.?\d*|\.\d+)$/.test(given) ? Number(given) : undefined;
  const expected = `a ${noun}`;
  return setting(noun, numberKind(parse, expected, options), options, { expected, syntax: syntaxes.decimal });
};

/** Milliseconds. Written `250ms`, `30s`, `5m`, `2h`, `7d` or as a bare number of milliseconds. */
export const duration = <const Options extends SettingOptions & { minMs?: number; maxMs?: number }>(
  options: Options,
): Setting<Present<number, Options>> => {
  const bounds: Bounds = { min: options.minMs ?? 0, max: options.maxMs ?? Number.MAX_SAFE_INTEGER };
  const limits = [
    options.minMs === undefined ? '' : ` of at least ${String(options.minMs)} ms`,
    options.maxMs === undefined ? '' : ` of at most ${String(options.maxMs)} ms`,
  ].join('');
  const expected = `a duration such as 250ms, 30s, 5m or 2h${limits}`;
  return setting('duration', numberKind(parseDurationMs, expected, bounds), options, {
    expected,
    syntax: syntaxes.duration,
  });
};

/** Bytes. Written `512`, `64KiB`, `10MB` … */
export const bytes = <const Options extends SettingOptions & Bounds>(
  options: Options,
): Setting<Present<number, Options>> => {
  const noun = bounded('size in bytes', options);
  const expected = `a ${noun}, such as 512, 64KiB or 10MB`;
  return setting('size', numberKind(parseBytes, expected, options), options, {
    expected,
    syntax: syntaxes.size,
  });
};

export const oneOf = <const Value extends string, const Options extends SettingOptions>(
  values: readonly Value[],
  options: Options,
): Setting<Present<Value, Options>> => {
  const parse = (given: string): Value | undefined => values.find((value) => value === given.toLowerCase());
  const expected = `one of ${values.join(', ')}`;
  return setting(values.join(' | '), parsed(parse, expected), options, {
    expected,
    syntax: wordsSyntax(values),
  });
};

/** An address with one of the given protocols (http and https unless told), without a trailing slash. */
export const url = <const Options extends SettingOptions & { protocols?: readonly string[] }>(
  options: Options,
): Setting<Present<string, Options>> => {
  const protocols = options.protocols ?? ['http', 'https'];
  const parse = (given: string): string | undefined => {
    if (!URL.canParse(given)) return undefined;
    const { protocol, hostname } = new URL(given);
    const isKnown = protocols.includes(protocol.slice(0, -1)) && hostname !== '';
    return isKnown ? given.replace(/\/+$/, '') : undefined;
  };
  const example = protocols.map((protocol) => `${protocol}://…`).join(' or ');
  const expected = `a URL: ${example}`;
  return setting('URL', parsed(parse, expected), options, { expected, syntax: urlSyntax(protocols) });
};

interface Entries {
  readonly pattern?: RegExp;
  /** For what a pattern cannot say. */
  readonly accepts?: (entry: string) => boolean;
  readonly expected?: string;
}

/** Comma-separated; empty parts are left out. Each entry must match the pattern and be accepted, where there is either. */
export const list = <const Options extends SettingOptions & Entries>(
  options: Options,
): Setting<Present<readonly string[], Options>> => {
  const { pattern = /./s, accepts = () => true, expected = 'a comma-separated list' } = options;
  const parse = (given: string): readonly string[] | undefined => {
    const entries = given
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    return entries.every((entry) => pattern.test(entry) && accepts(entry)) ? entries : undefined;
  };
  return setting('list', parsed(parse, expected), options, {
    expected,
    syntax: options.pattern && entriesSyntax(options.pattern),
  });
};

/** A secret word: a function that answers with its present value. */
export const secret = <const Options extends Omit<SettingOptions, 'default'>>(
  options: Options,
): Setting<() => Present<string, Options>> => secretOf(text(options));
