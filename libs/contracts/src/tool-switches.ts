import { z } from 'zod';

/** A tool, or all tools of an MCP server (`mcp__NAME`), that is off for everybody or for one tenant until somebody says otherwise. */
export const toolSwitchSchema = z.object({
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  /** Absent: off for everybody. */
  tenant: z.string().min(1).max(200).optional(),
  /** Who switched it, and when (ms). */
  by: z.string(),
  at: z.number(),
  reason: z.string().max(500).optional(),
});
export type ToolSwitch = z.infer<typeof toolSwitchSchema>;

/** One turn of a switch, as the log of switches keeps it. */
export const switchRecordSchema = toolSwitchSchema.extend({ to: z.enum(['off', 'on']) });
export type SwitchRecord = z.infer<typeof switchRecordSchema>;

/** What all tools of an MCP server begin with. A server's name has no underscores, so that the name of the tool is what follows. */
export const mcpPrefix = (server: string): string => `mcp__${server}__`;

/** The MCP server that offers a tool of this name; undefined for a tool that is the executor's own. */
export const mcpServerOf = (tool: string): string | undefined => /^mcp__([a-z0-9-]+)__./.exec(tool)?.[1];

/** The switch that turns a tool off for a tenant; that of everybody before the tenant's own. */
export function switchThatHolds(
  switches: readonly ToolSwitch[],
  tool: string,
  tenant: string,
): ToolSwitch | undefined {
  if (switches.length === 0) return undefined;
  const server = mcpServerOf(tool);
  const names = server === undefined ? [tool] : [tool, `mcp__${server}`];
  const holding = switches.filter((each) => names.includes(each.name));
  return holding.find((each) => each.tenant === undefined) ?? holding.find((each) => each.tenant === tenant);
}
