import { posix } from 'node:path';

/**
 * What a program's arguments may be. Invariants:
 *
 * G1 What is not named is refused: options are matched whole, so that neither an abbreviation nor a later version's option slips in.
 * G2 A path leads, by its text, into the workspace. Where a link leads is the sandbox's to hold.
 * G3 What is allowed is passed on as it was judged: the arguments that run are those that the checks returned.
 *
 * A policy narrows what is tried; it is the sandbox that confines. A script that an allowed interpreter runs is held by that alone.
 */
export type Checked<Value> =
  { readonly kind: 'allowed'; readonly value: Value } | { readonly kind: 'refused'; readonly reason: string };

export const allowed = <Value>(value: Value): Checked<Value> => ({ kind: 'allowed', value });
export const refused = (reason: string): Checked<never> => ({ kind: 'refused', reason });

/** `flag` stands alone; the others take a value. */
export type OptionKind = 'flag' | ValueKind;
export type ValueKind = 'text' | 'number' | 'path' | 'revision' | 'name';

/** The name by which the workspace goes inside every sandbox that has a name for it. */
const workspaceName = '/workspace';

export interface ArgumentPolicy {
  /** By the whole option, dashes included. */
  readonly options: Readonly<Record<string, OptionKind>>;
  /** Kinds of the operands in turn; the last holds for all that follow. Empty: there may be none. */
  readonly operands: readonly ValueKind[];
  /** Options that stand in for the first operand, such as grep's -e. */
  readonly insteadOfFirst?: readonly string[];
  /** `-3` counts as an option. */
  readonly takesNumberOption?: boolean;
}

/** Paths are meant from `cwd`, which is relative to the workspace. */
export interface Place {
  readonly cwd: string;
}

type Parsed = readonly string[];

/** Options all of one kind: `flags('-a --all')`. */
export const optionsOf = (kind: OptionKind, names: string): Readonly<Record<string, OptionKind>> =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, kind]));

const hasParent = (path: string): boolean => path.split('/').includes('..');

/** A path that by its text lies in the workspace, as one that is relative to `cwd`. */
export function insidePath(path: string, { cwd }: Place): Checked<string> {
  const isNamed = path === workspaceName || path.startsWith(`${workspaceName}/`);
  if (!isNamed && /^[/~]/.test(path))
    return refused(
      `${JSON.stringify(path)} is not in the workspace; paths are relative, or begin with ${workspaceName}/`,
    );
  const fromRoot = posix.normalize(
    isNamed ? `.${path.slice(workspaceName.length)}` : posix.join(cwd || '.', path),
  );
  if (fromRoot === '..' || fromRoot.startsWith('../'))
    return refused(`${JSON.stringify(path)} leads out of the workspace`);
  return allowed(isNamed ? posix.relative(cwd, fromRoot) || '.' : path);
}

const checks: Readonly<Record<ValueKind, (value: string, place: Place) => Checked<string>>> = {
  text: (value) => allowed(value),
  number: (value) =>
    /^\d{1,9}$/.test(value) ? allowed(value) : refused(`${JSON.stringify(value)} is not a number`),
  path: insidePath,
  // A revision, a range or a path; `rev:path` names what a commit holds.
  revision: (value, place) =>
    value.startsWith('/') || hasParent(value) || hasParent(value.replace(/^[^:]*:/, ''))
      ? insidePath(value, place)
      : allowed(value),
  name: (value) =>
    /^[\w.][\w.+-]*$/.test(value) ? allowed(value) : refused(`${JSON.stringify(value)} is not a plain name`),
};

const checkValue = (kind: ValueKind, value: string, place: Place): Checked<string> => {
  const checked = checks[kind](value, place);
  // What begins with a dash could be read as an option by whoever gets it.
  if (checked.kind === 'allowed' && kind !== 'text' && checked.value.startsWith('-') && value !== '-')
    return refused(`${JSON.stringify(value)} begins with a dash`);
  return checked;
};

/** Reads a program's arguments as GNU programs do and checks each. */
export function checkArguments(
  policy: ArgumentPolicy,
  args: readonly string[],
  place: Place,
): Checked<Parsed> {
  return new ArgumentReader(policy, place).read(args);
}

class ArgumentReader {
  readonly #accepted: string[] = [];
  #operands = 0;

  constructor(
    private readonly policy: ArgumentPolicy,
    private readonly place: Place,
  ) {}

  read(args: readonly string[]): Checked<Parsed> {
    const rest = [...args];
    let areOptionsOver = false;
    for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
      if (arg === '--' && !areOptionsOver) {
        areOptionsOver = true;
        this.#accepted.push(arg);
        continue;
      }
      const isOption = !areOptionsOver && arg.startsWith('-') && arg !== '-';
      const fault = isOption ? this.#option(arg, rest) : this.#operand(arg);
      if (fault !== undefined) return refused(fault);
    }
    return allowed(this.#accepted);
  }

  #option(arg: string, rest: string[]): string | undefined {
    if (this.policy.takesNumberOption && /^-\d{1,9}$/.test(arg)) return this.#accept(arg);
    const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
    const name = equals < 0 ? arg : arg.slice(0, equals);
    const kind = this.#kindOf(name);
    if (kind === 'flag') return equals < 0 ? this.#accept(arg) : `${name} takes no value`;
    if (kind !== undefined)
      return this.#valued(name, kind, equals < 0 ? rest.shift() : arg.slice(equals + 1));
    return arg.startsWith('--') ? this.#unknown(name) : this.#bundle(arg, rest);
  }

  /** `-la`, `-n5`, `-lA 3`. */
  #bundle(arg: string, rest: string[]): string | undefined {
    for (let index = 1; index < arg.length; index += 1) {
      const name = `-${arg[index] ?? ''}`;
      const kind = this.#kindOf(name);
      if (kind === undefined) return this.#unknown(name);
      if (kind === 'flag') this.#accept(name);
      else return this.#valued(name, kind, index + 1 < arg.length ? arg.slice(index + 1) : rest.shift());
    }
    return undefined;
  }

  #valued(name: string, kind: ValueKind, value: string | undefined): string | undefined {
    if (value === undefined) return `${name} needs a value`;
    const checked = checkValue(kind, value, this.place);
    if (checked.kind === 'refused') return `${name}: ${checked.reason}`;
    if (this.policy.insteadOfFirst?.includes(name)) this.#operands = Math.max(this.#operands, 1);
    // In one word, so that the program cannot take the value for anything else.
    this.#accept(name.startsWith('--') ? `${name}=${checked.value}` : `${name}${checked.value}`);
    return undefined;
  }

  #operand(value: string): string | undefined {
    const { operands } = this.policy;
    const kind = operands[Math.min(this.#operands, operands.length - 1)];
    if (kind === undefined) return `${JSON.stringify(value)}: there is nothing that it could mean here`;
    this.#operands += 1;
    const checked = checkValue(kind, value, this.place);
    return checked.kind === 'refused' ? checked.reason : this.#accept(checked.value);
  }

  #kindOf(name: string): OptionKind | undefined {
    return Object.hasOwn(this.policy.options, name) ? this.policy.options[name] : undefined;
  }

  #unknown(name: string): string {
    const known = Object.keys(this.policy.options).join(' ');
    return `the option ${JSON.stringify(name)} is not allowed; there are: ${known || 'none'}`;
  }

  #accept(arg: string): undefined {
    this.#accepted.push(arg);
  }
}
