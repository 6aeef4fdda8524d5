import type { Setting } from './setting';
import type { SettingReading, SettingSource } from './setting-reading';
import { SettingsError, type SettingsFault } from './settings-error';

/**
 * Settings by the name of their environment variable. Shapes are joined by spreading them.
 *
 * S1 Parsing reports every fault at once, or answers with a deeply frozen object in base units.
 * S2 No secret's value is ever part of a fault.
 * S3 A variable that is set to nothing but white space counts as not set.
 */
export type SettingsShape = Readonly<Record<string, Setting<unknown>>>;

export type Settings<Shape extends SettingsShape> = {
  readonly [Name in keyof Shape]: Shape[Name] extends Setting<infer Value> ? Value : never;
};

export type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingDescription {
  readonly name: string;
  readonly type: string;
  /** As written in the environment; undefined: not set. */
  readonly default: string | undefined;
  readonly description: string;
  /** What would do, for people. */
  readonly expected: string;
  /** A regular expression for what may be written; undefined: anything. */
  readonly syntax: string | undefined;
  readonly isSecret: boolean;
  readonly isRequired: boolean;
}

const fileVariable = (name: string): string => `${name}_FILE`;

/** @throws Error when a name is not UPPER_SNAKE_CASE, or is the `_FILE` twin of a secret: bugs in the definition. */
export function defineSettings<const Shape extends SettingsShape>(shape: Shape): Shape {
  for (const [name, { isSecret }] of Object.entries(shape)) {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) throw new Error(`not the name of a variable: ${name}`);
    if (isSecret && Object.hasOwn(shape, fileVariable(name))) {
      throw new Error(`${fileVariable(name)} is where the secret ${name} may be kept`);
    }
  }
  return Object.freeze(shape);
}

type Located =
  | { readonly isUsable: true; readonly name: string; readonly source: SettingSource | undefined }
  | { readonly isUsable: false; readonly fault: SettingsFault };

function locate(name: string, { isSecret, ...setting }: Setting<unknown>, env: Environment): Located {
  const given = env[name]?.trim() ?? '';
  const path = isSecret ? (env[fileVariable(name)]?.trim() ?? '') : '';
  if (given !== '' && path !== '') {
    const expected = `either ${name} or ${fileVariable(name)}, but both are set`;
    return { isUsable: false, fault: { name, expected } };
  }
  if (path !== '') return { isUsable: true, name: fileVariable(name), source: { kind: 'file', path } };
  const text = given === '' ? setting.default : given;
  if (text !== undefined) return { isUsable: true, name, source: { kind: 'text', text } };
  if (!setting.isRequired) return { isUsable: true, name, source: undefined };
  const expected = `${setting.type}, but it is not set (${setting.description})`;
  return { isUsable: false, fault: { name, expected } };
}

/** What may be shown of a value: passwords inside URLs are not, nor are long texts. */
function showable(text: string): string {
  const shown = text.replace(/(\/\/)[^/\s]*@/g, '$1***@');
  return shown.length > 200 ? `${shown.slice(0, 200)}…` : shown;
}

function faultOf(
  name: string,
  source: SettingSource | undefined,
  { isSecret, expected }: { isSecret: boolean; expected: string },
): SettingsFault {
  if (isSecret || source?.kind !== 'text') return { name, expected };
  return { name, given: showable(source.text), expected };
}

const frozen = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
};

/** @throws SettingsError with every fault of the environment */
export function parseSettings<const Shape extends SettingsShape>(
  shape: Shape,
  env: Environment,
): Settings<Shape> {
  const faults: SettingsFault[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(shape)) {
    const located = locate(name, setting, env);
    if (!located.isUsable) {
      faults.push(located.fault);
      continue;
    }
    const reading: SettingReading<unknown> = setting.read(located.source);
    if (reading.isValid) values[name] = frozen(reading.value);
    else {
      const { isSecret } = setting;
      faults.push(faultOf(located.name, located.source, { isSecret, expected: reading.expected }));
    }
  }
  if (faults.length > 0) throw new SettingsError(faults);
  // Each value came from the reader of its own name.
  return Object.freeze(values) as Settings<Shape>;
}

/** What docs/configuration.md is made of, in the order of definition. */
export const describeSettings = (shape: SettingsShape): readonly SettingDescription[] =>
  Object.entries(shape).map(([name, setting]) => ({
    name,
    type: setting.type,
    default: setting.default,
    description: setting.description,
    expected: setting.expected,
    syntax: setting.syntax,
    isSecret: setting.isSecret,
    isRequired: setting.isRequired,
  }));
