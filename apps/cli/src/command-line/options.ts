import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

type ValuesOf<Config extends ParseArgsOptionsConfig> = {
  readonly [Name in keyof Config]?: Config[Name]['type'] extends 'boolean' ? boolean : string;
};

export type ParsedOptions<Config extends ParseArgsOptionsConfig> =
  | { readonly kind: 'options'; readonly values: ValuesOf<Config>; readonly positionals: readonly string[] }
  | { readonly kind: 'wrong'; readonly message: string };

/** Strict: unknown options, values where none belong and more than `maxPositionals` words are wrong. */
export function parseOptions<const Config extends ParseArgsOptionsConfig>(
  args: readonly string[],
  config: Config,
  maxPositionals = 0,
): ParsedOptions<Config> {
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options: config, strict: true, allowPositionals: true });
  } catch (error) {
    return { kind: 'wrong', message: (error as Error).message.split('. To specify')[0] ?? '' };
  }
  const extra = parsed.positionals[maxPositionals];
  if (extra !== undefined) return { kind: 'wrong', message: `unexpected argument '${extra}'` };
  return { kind: 'options', values: parsed.values as ValuesOf<Config>, positionals: parsed.positionals };
}

/** A whole number in [min, max] as one writes it on a command line; undefined when it is none. */
export function wholeNumber(text: string, min: number, max: number): number | undefined {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}
