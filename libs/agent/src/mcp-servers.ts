import { egressSchema, mcpServerOf, toolRisks } from '@lumina/contracts';
import { z } from 'zod';

export const mcpServerNameSchema = z
  .string()
  .max(20)
  .regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case words joined by hyphens, of at most 20 characters');

/** A value, or where the executor finds it: a variable of its environment, or a file that is read again when it changes. */
const valueSchema = z.union(
  [
    z.string(),
    z.strictObject({
      fromEnv: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable'),
    }),
    z.strictObject({ fromFile: z.string().regex(/^\//, 'must be an absolute path') }),
  ],
  'must be text, { fromEnv: NAME } or { fromFile: /PATH }',
);
export type McpValue = z.infer<typeof valueSchema>;

/** What an operator says of one tool, by the name that its server gives it. What the server itself says of it is not trusted. */
export const mcpToolSettingsSchema = z.strictObject({
  isEnabled: z.boolean().default(true),
  risk: z.enum(toolRisks).optional(),
  isIdempotent: z.boolean().optional(),
  timeoutMs: z.number().int().min(100).max(290_000).optional(),
});

const common = {
  isEnabled: z.boolean().default(true),
  tools: z.record(z.string(), mcpToolSettingsSchema).default({}),
  /** Only these of its tools are offered; absent: all of them. */
  only: z.array(z.string()).optional(),
  /** Whether what it offers when it is first seen counts as approved. */
  approval: z.enum(['first-sight', 'by-hand']).default('first-sight'),
  /** Whether its word is taken that a tool only reads, destroys nothing, or may be repeated. */
  trustsAnnotations: z.boolean().default(false),
  connectTimeoutMs: z.number().int().min(100).max(60_000).default(10_000),
  callTimeoutMs: z.number().int().min(100).max(290_000).default(60_000),
  maxOutputCharacters: z.number().int().min(500).max(60_000).default(32_000),
};

const stdioSchema = z.strictObject({
  ...common,
  transport: z.literal('stdio'),
  /** The program and its arguments; `node` is the executor's own Node. It runs in the sandbox. */
  command: z.tuple([z.string().min(1)], z.string()),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), valueSchema).default({}),
  /** Files and folders outside /usr that it may read. */
  files: z.array(z.string().regex(/^\//, 'must be an absolute path')).default([]),
  /** Where it may connect, through a proxy. */
  egress: egressSchema.default([]),
  memoryBytes: z
    .number()
    .int()
    .min(64 * 1024 ** 2)
    .default(512 * 1024 ** 2),
});

const httpSchema = z
  .strictObject({
    ...common,
    transport: z.literal('http'),
    url: z.url({ protocol: /^https?$/ }),
    headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), valueSchema).default({}),
    /** Allows this very host and port although it is not public, and http without TLS. */
    isInternal: z.boolean().default(false),
  })
  .refine(({ url, isInternal }) => isInternal || url.startsWith('https:'), {
    path: ['url'],
    message: 'must begin with https:// unless isInternal is true',
  });

export const mcpServerSchema = z.discriminatedUnion('transport', [stdioSchema, httpSchema]);
export type McpServer = z.infer<typeof mcpServerSchema>;
export type StdioMcpServer = Extract<McpServer, { transport: 'stdio' }>;
export type HttpMcpServer = Extract<McpServer, { transport: 'http' }>;

export const mcpServersSchema = z.record(mcpServerNameSchema, mcpServerSchema);

/** The server that a tool's name speaks of and that is not configured; undefined when there is nothing wrong with the name. */
export function unknownServerOf(
  tool: string,
  servers: Readonly<Record<string, McpServer>>,
): string | undefined {
  const server = mcpServerOf(tool);
  return server === undefined || Object.hasOwn(servers, server) ? undefined : server;
}
