type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isClosed = (node: Node): boolean => {
  if (!isNode(node['properties']) && node['type'] !== 'object') return true;
  const names = Object.keys(isNode(node['properties']) ? node['properties'] : {});
  const required: unknown = node['required'];
  return (
    node['additionalProperties'] === false &&
    Array.isArray(required) &&
    names.every((name) => required.includes(name))
  );
};

/**
 * Whether providers that hold a model to a schema will take this one: each object in it names all its properties as
 * required and allows no other.
 */
export function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (!isNode(schema)) return true;
  return isClosed(schema) && Object.values(schema).every(isStrict);
}
