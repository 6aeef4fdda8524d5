import type { OpenAPIObject } from '@nestjs/swagger';
import * as fc from 'fast-check';
import { exampleOf as fitting } from '../body-examples';
import { type DocumentedRoute as Route, documentedRoutes } from './documented-routes';

/** A request that no client should send, and what an answer that refuses it has to name. */
export interface Malformed {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer | undefined;
  /** Absent: nothing in particular, but something. */
  readonly names?: RegExp | undefined;
}

const somewhere = '77777777-7777-4777-8777-777777777777';
const json = { 'content-type': 'application/json' };
/** As deep as a body of the size that is read can be, or as a parser's stack may not be. */
const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** What stands where something else is expected. */
const wrong: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    -1,
    0,
    1.5,
    1e308,
    -1e308,
    true,
    false,
    '',
    ' ',
    '\u0000',
    '\ud800',
    '../../etc/passwd',
    '{{7*7}}',
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    [{}],
    [null],
    { $gt: '' },
    { toString: 1 },
    { length: -1 },
    { then: 1 },
    { toJSON: 1 },
  ),
  fc.constantFrom<unknown>(
    { constructor: { prototype: { isAdmin: true } } },
    ['__proto__'],
    JSON.parse(nested(800)),
  ),
  fc.constantFrom(
    'x'.repeat(5_000),
    '\u202e',
    '𝕏'.repeat(500),
    'NaN',
    '1e999',
    '-0',
    'null',
    "'; FLUSHALL\r\n",
  ),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 4 }),
  fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }),
);

/** Bodies that are no JSON, or none of an object. */
const bodies: readonly (readonly [what: string, body: Buffer])[] = (
  [
    ['nothing', ''],
    ['white space', ' \n '],
    ['half an object', '{"message": "hi"'],
    ['a comma too many', '{"message": "hi",}'],
    ['bare words', 'message=hi'],
    ['a number that is none', '{"limit": NaN}'],
    ['a number without end', `{"limit": ${'9'.repeat(4_000)}}`],
    ['a comment', '{/* */}'],
    ['single quotes', "{'message': 'hi'}"],
    ['two documents', '{}{}'],
    ['a list', '[]'],
    ['a list of lists', '[[],[]]'],
    ['text', '"text"'],
    ['a number', '12'],
    ['null', 'null'],
    ['true', 'true'],
    ['a byte order mark', '\ufeff{}'],
    ['a deep list', nested(7_000)],
    ['deep objects', `${'{"a":'.repeat(2_500)}1${'}'.repeat(2_500)}`],
    ['a prototype', '{"__proto__": {"isAdmin": true}, "message": "hi"}'],
    ['a constructor', '{"constructor": {"prototype": {"isAdmin": true}}}'],
    ['one key twice', '{"message": "a", "message": 1, "input": 1, "input": 2}'],
    ['more than is read', `{"message": "${'x'.repeat(20_000)}"}`],
  ] as const
).map(([what, text]) => [what, Buffer.from(text)] as const);
const bytes: readonly (readonly [string, Buffer])[] = [
  ['bytes that are no text', Buffer.from([0x7b, 0x22, 0x6d, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  ['half a letter', Buffer.from([0x7b, 0x22, 0xc3, 0x22, 0x3a, 0x31, 0x7d])],
  ['a null byte', Buffer.from('{"message": "a\u0000b"}')],
  ['compressed bytes', Buffer.from('1f8b080000000000000003', 'hex')],
];
const types = [
  ...[
    'text/xml',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'image/png',
  ],
  ...[
    'application/json; charset=utf-16',
    'json',
    '*/*',
    ';',
    'application/json, text/xml',
    'application/vnd.x+json',
  ],
];
const ids = [
  ...[
    '%00',
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '%ff%fe',
    '%',
    '%zz',
    'undefined',
    'null',
    '-1',
    '{}',
    '*',
    '[]',
    'a:b{c}',
  ],
  ...[
    '%0d%0aSet-Cookie:%20a=b',
    '%F0%9F%A6%91',
    'x'.repeat(250),
    'x'.repeat(400),
    "'%20OR%201=1--",
    '__proto__',
    'constructor',
  ],
];
const queries = [
  ...[
    '',
    '-1',
    '1e9',
    'NaN',
    '1.5',
    'x'.repeat(2_000),
    '%00',
    '%ff',
    '[]',
    '{}',
    '__proto__',
    '2026-13-45',
    "';--",
  ],
];
const headers: readonly (readonly [name: string, value: string | string[]])[] = [
  ['idempotency-key', 'x'.repeat(256)],
  ['idempotency-key', ''],
  ['idempotency-key', '\u00ff\u00fe'],
  ['last-event-id', 'not-a-cursor'],
  ['last-event-id', '-1'],
  ['last-event-id', `${'9'.repeat(400)}-0`],
  ['last-event-id', '99999999-7'],
  ['x-lumina-user', '../../x'],
  ['x-lumina-user', 'x'.repeat(500)],
  ['authorization', 'Basic YTpi'],
  ['authorization', 'Bearer'],
  ['x-api-key', 'x'.repeat(4_000)],
  ['x-api-key', `lum_live_${'0'.repeat(38)}`],
  ['accept', '\u00ff'],
  ['cookie', 'a='.repeat(2_000)],
  ['x-request-id', 'x'.repeat(3_000)],
  ['content-encoding', 'gzip'],
  ['transfer-encoding', 'chunked'],
  ['expect', '100-continue'],
  ['origin', 'null'],
  ['traceparent', '00-zz-zz-zz'],
];

/** Requests for every route of the document; the same for the same seed. */
export function malformedRequests(document: OpenAPIObject, seed: number): readonly Malformed[] {
  const routes = documentedRoutes(document).filter(({ path }) => path !== '/metrics');
  return routes.flatMap((route, index) => [
    ...byField(route, seed + index),
    ...someOf([...byBody(route), ...byPath(route), ...byHeader(route)], index),
    ...byQuery(route),
  ]);
}

/** A third, another one for each route: each fault meets many routes. */
const someOf = (requests: readonly Malformed[], index: number): readonly Malformed[] =>
  requests.filter((_request, place) => (place + index) % 3 === 0);

const send = (
  route: Route,
  what: string,
  body: Buffer | undefined,
  more: Partial<Malformed> = {},
): Malformed => ({
  ...{ what, method: route.method, path: filled(route.path), body },
  ...{ headers: body === undefined ? {} : json },
  ...more,
});
const filled = (path: string, id = somewhere): string => path.replace(/\{\w+\}/g, id);

/** A field of another kind, one too many, none where one must be. */
function byField(route: Route, seed: number): readonly Malformed[] {
  const schema = route.body?.items ?? route.body;
  if (schema?.properties === undefined) return [];
  const base = fitting(schema) as Record<string, unknown>;
  const isList = route.body?.items !== undefined;
  const bodyOf = (fields: unknown): Buffer => Buffer.from(JSON.stringify(isList ? [fields] : fields));
  const changed = Object.keys(schema.properties).flatMap((name, index) =>
    fc.sample(wrong, { numRuns: 3, seed: seed * 100 + index }).map((value) =>
      send(
        route,
        `${name} is ${JSON.stringify(value)?.slice(0, 60) ?? 'nothing'}`,
        bodyOf({ ...base, [name]: value }),
        {
          names: new RegExp(`${name}|constructor`),
        },
      ),
    ),
  );
  const missing = (schema.required ?? []).map((name) => {
    const { [name]: _left, ...rest } = base;
    return send(route, `${name} is missing`, bodyOf(rest), { names: new RegExp(name) });
  });
  const extra = send(route, 'a field too many', bodyOf({ ...base, nobody_knows_this: { a: [1] } }));
  return [...changed, ...missing, extra];
}

function byBody(route: Route): readonly Malformed[] {
  if (route.body === undefined) return [];
  return [
    ...bodies.map(([what, body]) => send(route, `the body is ${what}`, body)),
    ...bytes.map(([what, body]) => send(route, `the body is ${what}`, body)),
    ...types.map((type) =>
      send(route, `the body is of type ${type}`, Buffer.from('{}'), { headers: { 'content-type': type } }),
    ),
    send(route, 'the body has no type', Buffer.from('{}'), { headers: {} }),
  ];
}

function byPath(route: Route): readonly Malformed[] {
  if (!route.path.includes('{')) return [];
  const body = route.body === undefined ? undefined : Buffer.from(JSON.stringify(fitting(route.body)));
  return ids.map((id) => send(route, `the id is ${id.slice(0, 40)}`, body, { path: filled(route.path, id) }));
}

function byQuery(route: Route): readonly Malformed[] {
  const body = route.body === undefined ? undefined : Buffer.from(JSON.stringify(fitting(route.body)));
  const to = (query: string): Partial<Malformed> => ({ path: `${filled(route.path)}?${query}` });
  const named = route.query.flatMap((name) => [
    ...queries.map((value) => send(route, `${name}=${value.slice(0, 40)}`, body, to(`${name}=${value}`))),
    send(route, `${name} twice`, body, to(`${name}=1&${name}=2`)),
    send(route, `${name} as a list`, body, to(`${name}[]=1&${name}[a]=2`)),
  ]);
  return [...named, send(route, 'a query that is none', body, to('%&=&&a=%ff&__proto__=1'))];
}

function byHeader(route: Route): readonly Malformed[] {
  const body = route.body === undefined ? undefined : Buffer.from(JSON.stringify(fitting(route.body)));
  const isSent = (name: string): boolean =>
    route.headers.length > 0 || name.startsWith('x-') || name === 'authorization';
  return headers
    .filter(([name]) => isSent(name))
    .map(([name, value]) =>
      send(route, `the header ${name} is ${String(value).slice(0, 30)}`, body, {
        headers: { ...(body === undefined ? {} : json), [name]: value },
      }),
    );
}
