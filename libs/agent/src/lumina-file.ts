import {
  type AgentDefinition,
  agentDefinitionSchema,
  agentNameSchema,
  modelRefSchema,
} from '@lumina/contracts';
import { z } from 'zod';
import { canonicalJson } from './canonical-json';
import { mcpServersSchema, unknownServerOf } from './mcp-servers';

/** What one model costs, in US dollars for a million tokens, from a day on. */
export const priceSchema = z.strictObject({
  inputUsdPerMillion: z.number().nonnegative(),
  outputUsdPerMillion: z.number().nonnegative(),
  since: z.iso.date(),
});

export const toolSettingsSchema = z.strictObject({
  isEnabled: z.boolean().default(true),
  timeoutMs: z.number().int().min(100).max(300_000).optional(),
});

/** The file that LUMINA_CONFIG names: agents, models with prices, tools, MCP servers. */
export const luminaFileSchema = z
  .strictObject({
    defaultAgent: agentNameSchema,
    agents: z.record(agentNameSchema, agentDefinitionSchema.omit({ name: true })),
    prices: z.record(modelRefSchema, priceSchema).default({}),
    tools: z.record(z.string(), toolSettingsSchema).default({}),
    mcpServers: mcpServersSchema.default({}),
  })
  .superRefine((file, context) => {
    const known = Object.keys(file.agents);
    const mustExist = (name: string, path: (string | number)[]): void => {
      if (known.includes(name)) return;
      context.addIssue({
        code: 'custom',
        path,
        message: `there is no agent "${name}"; there are: ${known.join(', ')}`,
      });
    };
    mustExist(file.defaultAgent, ['defaultAgent']);
    for (const [name, { subagents, tools }] of Object.entries(file.agents)) {
      tools.forEach((tool, index) => {
        const server = unknownServerOf(tool, file.mcpServers);
        if (server === undefined) return;
        const servers = Object.keys(file.mcpServers).join(', ') || 'none';
        const message = `there is no MCP server "${server}" for "${tool}"; there are: ${servers}`;
        context.addIssue({ code: 'custom', path: ['agents', name, 'tools', index], message });
      });
      subagents.forEach((subagent, index) => mustExist(subagent, ['agents', name, 'subagents', index]));
    }
  });
export type LuminaFile = z.infer<typeof luminaFileSchema>;

export function agentsOf(file: LuminaFile): readonly AgentDefinition[] {
  return Object.entries(file.agents).map(([name, definition]) => ({ name, ...definition }));
}

/**
 * The content of a definition in one fixed order of keys, so that equal definitions have equal digests whoever computes
 * them.
 */
export const canonicalDefinition = (agent: AgentDefinition): string => canonicalJson(agent);
