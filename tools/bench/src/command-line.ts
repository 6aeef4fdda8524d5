import { parseArgs } from 'node:util';
import type { Durability } from './subjects/lumina-services';
import { type WorkName, defaultWorks, needsSubjects, workNames } from './works/names';

export interface CommandLine {
  readonly works: readonly WorkName[];
  readonly durabilities: readonly Durability[];
  /** By name; 'all': every one that can be installed; undefined: nobody asked for peers. */
  readonly peers: readonly string[] | 'all' | undefined;
  readonly rounds: number;
  /** How long one round lasts. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly soakSeconds: number;
  readonly clients: number;
  /** Runs a second, in the open loop. */
  readonly rate: number;
  readonly replicas: number;
  readonly isQuick: boolean;
  readonly isStrict: boolean;
  readonly isJson: boolean;
  readonly isKept: boolean;
  /** Whether each service of Lumina leaves a CPU profile. */
  readonly isProfiled: boolean;
  /** Undefined: a file of its time below .lumina/bench. */
  readonly out: string | undefined;
}

/** Wrong usage, in words for the person who called. */
export class UsageError extends Error {}

const options = {
  durability: { type: 'string' },
  peers: { type: 'string' },
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  clients: { type: 'string' },
  rate: { type: 'string' },
  replicas: { type: 'string' },
  out: { type: 'string' },
  quick: { type: 'boolean' },
  strict: { type: 'boolean' },
  json: { type: 'boolean' },
  keep: { type: 'boolean' },
  profile: { type: 'boolean' },
} as const;

/** @throws UsageError */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parsed(args);
  const isQuick = values.quick === true;
  const number = (
    name: 'rounds' | 'seconds' | 'clients' | 'rate' | 'replicas',
    [min, max, otherwise]: Bounds,
  ) => wholeNumber(name, values[name], [min, max, otherwise]);
  const works = worksOf(positionals);
  const durabilities = durabilitiesOf(values.durability);
  return {
    works,
    durabilities: works.some(needsSubjects) ? durabilities : [],
    peers: peersOf(values.peers),
    rounds: number('rounds', [1, 100, isQuick ? 1 : 5]),
    seconds: number('seconds', [1, 86_400, isQuick ? 2 : 5]),
    warmUpSeconds: isQuick ? 2 : 8,
    soakSeconds: number('seconds', [1, 86_400, isQuick ? 10 : 1_800]),
    clients: number('clients', [1, 10_000, 32]),
    rate: number('rate', [1, 10_000, 50]),
    replicas: number('replicas', [1, 20, 1]),
    isQuick,
    isStrict: values.strict === true,
    isJson: values.json === true,
    isKept: values.keep === true,
    isProfiled: values.profile === true,
    out: values.out,
  };
}

/** `--peers` may stand alone: all of them. */
function withPeersNamed(args: readonly string[]): readonly string[] {
  const at = args.indexOf('--peers');
  const next = args[at + 1];
  if (at === -1 || (next !== undefined && !next.startsWith('-') && !isWork(next))) return args;
  return [...args.slice(0, at), '--peers=all', ...args.slice(at + 1)];
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...withPeersNamed(args)], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. To specify')[0]);
  }
}

const isWork = (word: string): word is WorkName => (workNames as readonly string[]).includes(word);

function worksOf(words: readonly string[]): readonly WorkName[] {
  if (words.length === 0) return defaultWorks;
  const unknown = words.find((word) => !isWork(word));
  if (unknown !== undefined)
    throw new UsageError(`there is no work '${unknown}'. There are: ${workNames.join(', ')}`);
  return workNames.filter((name) => words.includes(name));
}

function durabilitiesOf(text = 'both'): readonly Durability[] {
  if (text === 'both') return ['local', 'replicated'];
  if (text === 'local' || text === 'replicated') return [text];
  throw new UsageError(`--durability must be local, replicated or both, not '${text}'`);
}

function peersOf(text: string | undefined): CommandLine['peers'] {
  if (text === undefined || text === 'all') return text;
  const names = text.split(',').filter((name) => name !== '');
  if (names.length > 0) return names;
  throw new UsageError('--peers must name peers with commas between, or stand alone for all of them');
}

type Bounds = readonly [min: number, max: number, otherwise: number];

function wholeNumber(name: string, text: string | undefined, [min, max, otherwise]: Bounds): number {
  if (text === undefined) return otherwise;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not '${text}'`);
}
