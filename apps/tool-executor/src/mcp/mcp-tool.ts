import type { McpServer } from '@lumina/agent';
import type { ToolRisk } from '@lumina/contracts';
import type { Pin } from '@lumina/store';
import { z } from 'zod';
import { type Tool, type ToolContext, type ToolResult, failure } from '../tool';
import type { McpLink } from './mcp-link';
import { argumentCheck } from './schema/argument-check';
import { readSchema } from './schema/json-schema';
import { type ToolDefinition, describedTool, parseDefinition } from './tool-definition';

/** The line's own time is up first, so that its answer still arrives. */
const marginMs = 5_000;

export interface McpToolOptions {
  /** Under which it is offered. */
  readonly name: string;
  readonly serverName: string;
  readonly server: McpServer;
  readonly pin: Pin;
  readonly link: Pick<McpLink, 'listing' | 'call' | 'away'>;
}

/** Undefined when an operator does not want the tool offered. */
export function settingsAllow({ only, tools }: McpServer, original: string): boolean {
  const isNamed = only?.includes(original) ?? true;
  return isNamed && (Object.hasOwn(tools, original) ? tools[original]?.isEnabled !== false : true);
}

/**
 * A tool of an MCP server, as it was approved: what models are told of it, and what its arguments are checked against, is the approved
 * definition whatever the server says now.
 *
 * @throws SchemaFault for a definition that would not be approved today
 */
export function mcpTool(options: McpToolOptions): Tool {
  const { name, serverName, server, pin } = options;
  const definition = parseDefinition(pin.definition);
  const settings = Object.hasOwn(server.tools, definition.name) ? server.tools[definition.name] : undefined;
  const parameters = readSchema(definition.inputSchema);
  const timeoutMs = settings?.timeoutMs ?? server.callTimeoutMs;
  return {
    name,
    description: describedTool(serverName, definition),
    schema: z.looseObject({}),
    foreignSchema: { parameters, problems: (args) => argumentCheck(parameters).problems(args) },
    risk: settings?.risk ?? riskOf(server, definition),
    isIdempotent: settings?.isIdempotent ?? mayBeRepeated(server, definition),
    timeoutMs: timeoutMs + marginMs,
    usesWorkspace: false,
    quotes: { what: 'all', source: `MCP server ${serverName}, tool ${definition.name}` },
    maxOutputCharacters: server.maxOutputCharacters,
    run: (args, context) => run(options, { args, context, timeoutMs }),
  };
}

/** Dangerous, so that a person is asked, unless an operator takes the server's word. */
function riskOf({ trustsAnnotations }: McpServer, { annotations }: ToolDefinition): ToolRisk {
  if (!trustsAnnotations) return 'dangerous';
  if (annotations.readOnlyHint === true) return 'read';
  return annotations.destructiveHint === false ? 'write' : 'dangerous';
}

const mayBeRepeated = ({ trustsAnnotations }: McpServer, { annotations }: ToolDefinition): boolean =>
  trustsAnnotations && (annotations.readOnlyHint === true || annotations.idempotentHint === true);

async function run(
  { name, serverName, pin, link }: McpToolOptions,
  call: {
    readonly args: Readonly<Record<string, unknown>>;
    readonly context: ToolContext;
    readonly timeoutMs: number;
  },
): Promise<ToolResult> {
  const { listing } = link;
  if (listing === undefined) return link.away();
  const now = listing.tools.get(name);
  if (now === undefined)
    return failure(
      'not_found',
      `the MCP server ${serverName} does not offer this tool any more; go on without it`,
    );
  if (now.digest !== pin.digest)
    return failure(
      'not_approved',
      `the MCP server ${serverName} has changed this tool since it was approved, so it was not run; an operator must look at it. ` +
        'Go on without it',
    );
  const { args, context, timeoutMs } = call;
  return link.call(now.original, args, { signal: context.signal, timeoutMs });
}
