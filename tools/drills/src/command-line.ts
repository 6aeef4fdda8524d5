import { parseArgs } from 'node:util';
import { breaks } from './alerts/breaks';
import { drills } from './drills';

export interface CommandLine {
  readonly drill: string;
  readonly isShort: boolean;
  readonly isJson: boolean;
  readonly isKept: boolean;
  readonly seed: number;
  readonly rate: number;
  readonly seconds: number | undefined;
  readonly times: number | undefined;
  readonly only: string | undefined;
  readonly quietMinutes: number | undefined;
  readonly from: string | undefined;
  readonly images: readonly [string, string] | undefined;
}

const options = {
  short: { type: 'boolean' },
  json: { type: 'boolean' },
  keep: { type: 'boolean' },
  seed: { type: 'string' },
  rate: { type: 'string' },
  seconds: { type: 'string' },
  minutes: { type: 'string' },
  times: { type: 'string' },
  only: { type: 'string' },
  'quiet-minutes': { type: 'string' },
  from: { type: 'string' },
  images: { type: 'string' },
} as const;

const defaultRate = 10;
/** The one drill that is between two versions. */
const rolloutName = 'rollout';
/** Not a drill of its own: several, one after the other, in one account. */
export const recordName = 'record';

/** Wrong usage, in words for the person who called. */
export class UsageError extends Error {}

/** @throws UsageError */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values, positionals } = parsed(args);
  const [drill, extra] = positionals;
  const names = [...Object.keys(drills), recordName].join(', ');
  if (drill === undefined) throw new UsageError(`which drill? There are: ${names}`);
  if (drill !== recordName && !Object.hasOwn(drills, drill))
    throw new UsageError(`there is no drill '${drill}'. There are: ${names}`);
  if (extra !== undefined) throw new UsageError(`unexpected argument '${extra}'`);
  if (
    drill === recordName &&
    [values.times, values.seconds, values.minutes].some((value) => value !== undefined)
  )
    throw new UsageError('the record has a plan of its own: it takes no --times, --seconds or --minutes');
  const { only } = values;
  const quietMinutes = number('quiet-minutes', values['quiet-minutes'], 1, 600);
  if (drill !== 'alerts' && (only !== undefined || quietMinutes !== undefined))
    throw new UsageError('--only and --quiet-minutes are for the drill alerts');
  if (only !== undefined && !Object.hasOwn(breaks, only))
    throw new UsageError(`nobody knows how to break '${only}'. There are: ${Object.keys(breaks).join(', ')}`);
  if (drill !== rolloutName && (values.from ?? values.images) !== undefined)
    throw new UsageError(`--from and --images are for ${rolloutName} alone`);
  const minutes = number('minutes', values.minutes, 1, 600);
  return {
    drill,
    isShort: values.short === true,
    isJson: values.json === true,
    isKept: values.keep === true,
    seed: number('seed', values.seed, 0, 2 ** 32 - 1) ?? Date.now() % 1_000_000,
    rate: number('rate', values.rate, 1, 1_000) ?? defaultRate,
    times: number('times', values.times, 1, 10_000),
    only,
    quietMinutes,
    from: values.from,
    images: tags(values.images),
    seconds: minutes === undefined ? number('seconds', values.seconds, 1, 86_400) : minutes * 60,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split('. To specify')[0]);
  }
}

function tags(text: string | undefined): readonly [string, string] | undefined {
  if (text === undefined) return undefined;
  const [, old, present] = /^([\w.-]{1,128}),([\w.-]{1,128})$/.exec(text) ?? [];
  if (old !== undefined && present !== undefined) return [old, present];
  throw new UsageError(`--images must be OLD,NEW, two tags, not '${text}'`);
}

function number(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not '${text}'`);
}
