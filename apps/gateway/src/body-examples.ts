import type { OpenAPIObject } from '@nestjs/swagger';

/** As much of a schema as an example needs. */
export interface ExampleSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly example?: unknown;
  readonly properties?: Readonly<Record<string, ExampleSchema>>;
  readonly required?: readonly string[];
  readonly items?: ExampleSchema;
}

interface Body {
  schema?: ExampleSchema;
  example?: unknown;
}

/** A value that fits a schema: what must be there, and what has an example of its own. */
export function exampleOf(schema: ExampleSchema): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.type === 'array') return schema.items === undefined ? [] : [exampleOf(schema.items)];
  if (schema.properties !== undefined) {
    const isShown = ([name, field]: [string, ExampleSchema]): boolean =>
      field.example !== undefined || (schema.required?.includes(name) ?? false);
    const fields = Object.entries(schema.properties).filter(isShown);
    return Object.fromEntries(fields.map(([name, field]) => [name, exampleOf(field)]));
  }
  return schema.type === 'number' ? 1 : schema.type === 'object' ? {} : 'text';
}

/** The schema that a schema names, and that of a list's entries. */
export function resolved(
  schema: ExampleSchema | undefined,
  { components }: { readonly components?: OpenAPIObject['components'] | undefined },
): ExampleSchema | undefined {
  const named = components?.schemas as Readonly<Record<string, ExampleSchema>> | undefined;
  const name = schema?.$ref?.split('/').at(-1);
  if (name !== undefined) return named?.[name];
  if (schema?.items?.$ref === undefined) return schema;
  return { ...schema, items: resolved(schema.items, { components }) ?? {} };
}

/** Gives each operation that takes JSON an example of it, made of those of its fields; a test sends them all. */
export function addBodyExamples(document: OpenAPIObject): OpenAPIObject {
  for (const operations of Object.values(document.paths)) {
    for (const operation of Object.values(operations as Readonly<Record<string, unknown>>)) {
      const { requestBody } = operation as { requestBody?: { content?: Record<string, Body> } };
      const body = requestBody?.content?.['application/json'];
      const schema = resolved(body?.schema, document);
      if (body !== undefined && schema !== undefined) body.example = exampleOf(schema);
    }
  }
  return document;
}
