import type { OpenAPIObject } from '@nestjs/swagger';
import { type ExampleSchema, resolved } from '../body-examples';

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly example?: unknown;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly content?: Readonly<
      Record<string, { readonly schema?: ExampleSchema; readonly example?: unknown }>
    >;
  };
  readonly responses?: Readonly<Record<string, unknown>>;
}

/** For tests: a route as the OpenAPI document has it. */
export interface DocumentedRoute {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  /** What must be in the query, with its example. */
  readonly neededQuery: Readonly<Record<string, string>>;
  readonly headers: readonly string[];
  readonly body: ExampleSchema | undefined;
  readonly example: unknown;
  /** The first of the statuses that it is answered with. */
  readonly status: number;
}

export function documentedRoutes(document: OpenAPIObject): readonly DocumentedRoute[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
      const operation = operations[method] as Operation | undefined;
      return operation === undefined ? [] : [routeOf(document, { method, path, operation })];
    }),
  );
}

function routeOf(
  document: OpenAPIObject,
  { method, path, operation }: { method: string; path: string; operation: Operation },
): DocumentedRoute {
  const { parameters = [], requestBody, responses = {} } = operation;
  const named = (where: string) => parameters.filter((one) => one.in === where);
  const needed = named('query').filter(({ required }) => required === true);
  const content = requestBody?.content?.['application/json'];
  const [status = '0'] = Object.keys(responses).sort();
  return {
    method: method.toUpperCase(),
    path,
    query: named('query').map(({ name }) => name),
    neededQuery: Object.fromEntries(needed.map(({ name, example }) => [name, String(example)])),
    headers: named('header').map(({ name }) => name),
    body: resolved(content?.schema, document),
    example: content?.example,
    status: Number(status),
  };
}
