import { posix } from 'node:path';
import { type Checked, type Place, allowed, insidePath, refused } from './argument-policy';
import { programPolicies } from './policies';
import type { Grants, ProgramPolicy } from './program-policy';

export interface ShellRules {
  /** Names of the programs that may be called; each has a policy. */
  readonly programs: readonly string[];
  readonly grants: Grants;
}

/** What a checked argument vector comes to. */
export interface ShellCommand {
  readonly program: string;
  readonly executable: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Relative to the workspace. */
  readonly cwd: string;
}

export const maxCommandCharacters = 1_000;
const maxArguments = 200;

/** What models write when they think of a shell. Only for grep can it be meant as it stands. */
const shellWords = new Set(['|', '||', '&&', '&', ';', '>', '>>', '<', '<<', '2>', '2>&1', '&>']);

const policyOf = (name: string): ProgramPolicy | undefined =>
  programPolicies.find((policy) => policy.name === name);

/** Names that have no policy. */
export const withoutPolicy = (names: readonly string[]): readonly string[] =>
  names.filter((name) => policyOf(name) === undefined);

export const isTooLong = (argv: readonly string[]): boolean =>
  argv.length > maxArguments || argv.join(' ').length > maxCommandCharacters;

/** Judges an argument vector: the program by the list, its arguments by its policy. */
export function checkCommand(
  argv: readonly string[],
  cwd: string,
  { programs, grants }: ShellRules,
): Checked<ShellCommand> {
  const [name = '', ...args] = argv;
  if (isTooLong(argv))
    return refused(`a command has at most ${maxCommandCharacters} characters and ${maxArguments} arguments`);
  if (argv.some((arg) => arg.includes('\0'))) return refused('an argument holds a NUL character');
  const policy = programs.includes(name) ? policyOf(name) : undefined;
  if (policy === undefined) return refused(notAllowed(name, programs));
  const shellWord = name === 'grep' ? undefined : args.find((arg) => shellWords.has(arg));
  if (shellWord !== undefined)
    return refused(
      `there is no shell, so ${JSON.stringify(shellWord)} has no meaning: call one program at a time`,
    );
  const place = placeOf(cwd);
  if (place.kind === 'refused') return refused(`cwd: ${place.reason}`);
  const checked = policy.check(args, place.value, grants);
  if (checked.kind === 'refused') return refused(`${name}: ${checked.reason}`);
  return allowed({
    program: name,
    executable: policy.executable ?? name,
    args: checked.value,
    env: policy.env ?? {},
    cwd: place.value.cwd,
  });
}

function notAllowed(name: string, programs: readonly string[]): string {
  const hint = /\s/.test(name) ? ' (argv is a list: the program first, each argument by itself)' : '';
  return `the program ${JSON.stringify(name)} is not allowed${hint}; there are: ${programs.join(' ')}`;
}

function placeOf(cwd: string): Checked<Place> {
  const checked = insidePath(cwd === '' ? '.' : cwd, { cwd: '' });
  if (checked.kind === 'refused') return checked;
  const normal = posix.normalize(checked.value);
  return allowed({ cwd: normal === '.' ? '' : normal });
}
