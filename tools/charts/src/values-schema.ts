import type { ValuesKey } from './values-tree';
import { forms, orEmpty } from './value-forms';

type Schema = Readonly<Record<string, unknown>>;

/** A variable that a service reads, as the chart needs to know it. */
export interface ServiceSetting {
  readonly name: string;
  readonly description: string;
  /** What would do: ends the sentence "expects …". */
  readonly expected?: string;
  /** A regular expression for what may be written. */
  readonly syntax?: string;
  readonly isSecret: boolean;
  readonly isRequired?: boolean;
}

const closed = (properties: Record<string, unknown>, more: Schema = {}): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
});

/** By variable something of one form. */
const perVariable = (settings: readonly ServiceSetting[], form: Schema): Schema =>
  closed(Object.fromEntries(settings.map(({ name, description }) => [name, { ...form, description }])));

/** A text as the service that reads it expects it; empty: as if it were not given. */
function textOf({ description, expected, syntax }: ServiceSetting): Schema {
  const meaning = expected === undefined ? description : `${description} Expects ${expected}.`;
  return { ...(syntax === undefined ? { type: 'string' } : orEmpty(syntax)), description: meaning };
}

const text: Schema = { type: 'string', minLength: 1 };
const pairOf = (names: readonly string[], required: readonly string[] = names): Schema =>
  closed(Object.fromEntries(names.map((name) => [name, text])), { required });

const secretKey = closed(
  { name: forms['objectName'], key: { type: 'string', pattern: '^[-._a-zA-Z0-9]+$' } },
  { required: ['name', 'key'] },
);

/** What the words behind `@schema` stand for. */
function named(hint: string, settings: readonly ServiceSetting[]): Schema | undefined {
  const plain = settings.filter(({ isSecret }) => !isSecret);
  const secrets = settings.filter(({ isSecret }) => isSecret);
  switch (hint) {
    case 'settings':
      return closed(Object.fromEntries(plain.map((one) => [one.name, textOf(one)])));
    case 'secretKeys':
      return perVariable(secrets, secretKey);
    case 'remoteKeys':
      return perVariable(secrets, pairOf(['key', 'property'], ['key']));
    case 'vaultKeys':
      return perVariable(secrets, pairOf(['path', 'field']));
    case 'auto':
      return { enum: ['auto', true, false] };
    default:
      return forms[hint];
  }
}

function byValue(value: unknown, path: string): Schema {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return { type: typeof value };
    case 'number':
      return { type: 'integer', minimum: 0 };
    default:
      throw new Error(`${path}: say with @schema what it may hold`);
  }
}

function schemaOf(key: ValuesKey, settings: readonly ServiceSetting[]): Schema {
  const description = key.meaning;
  if (key.children.length > 0) return closed(propertiesOf(key.children, settings), { description });
  const { hint } = key;
  if (hint === undefined) return { description, ...byValue(key.value, key.path) };
  return { description, ...(named(hint, settings) ?? (JSON.parse(hint) as Schema)) };
}

const propertiesOf = (
  keys: readonly ValuesKey[],
  settings: readonly ServiceSetting[],
): Record<string, Schema> => Object.fromEntries(keys.map((key) => [key.name, schemaOf(key, settings)]));

/** A JSON Schema that refuses every key that values.yaml does not have. */
export function valuesSchema(
  keys: readonly ValuesKey[],
  settings: readonly ServiceSetting[],
  subcharts: readonly string[],
): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    // Helm itself passes `global`, and a map for each chart inside.
    ...closed({
      ...propertiesOf(keys, settings),
      global: { type: 'object' },
      ...Object.fromEntries(subcharts.map((name) => [name, { type: 'object' }])),
    }),
  };
}
