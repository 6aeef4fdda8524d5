const deepest = 6;

type Schema = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The plainest value that a JSON Schema allows: what is required and nothing else; text is `words`. */
export function plainestValue(schema: unknown, words: string, depth = 0): unknown {
  if (!isObject(schema) || depth > deepest) return {};
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0] as unknown;
  if ('const' in schema) return schema.const;
  const type: unknown = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'string':
      return words.slice(0, 200);
    case 'number':
    case 'integer':
      return typeof schema.minimum === 'number' ? schema.minimum : 1;
    case 'boolean':
      return true;
    case 'array':
      return [plainestValue(schema.items, words, depth + 1)];
    case 'null':
      return null;
    default:
      return objectFor(schema, words, depth);
  }
}

function objectFor(schema: Schema, words: string, depth: number): Schema {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const names = required.filter(
    (name): name is string => typeof name === 'string' && Object.hasOwn(properties, name),
  );
  return Object.fromEntries(names.map((name) => [name, plainestValue(properties[name], words, depth + 1)]));
}
