import {
  type AgentDefinition,
  agentDefinitionSchema,
  agentNameSchema,
  everyName,
  modelRefSchema,
  toolPolicies,
  wideBudgetSchema,
} from '@lumina/contracts';
import { z } from 'zod';
import { canonicalJson } from './canonical-json';
import { mcpServersSchema, unknownServerOf } from './mcp-servers';
import type { PolicyTable } from './policy';

/** What one model costs, in US dollars for a million tokens, from the beginning of a day (UTC) on. */
const priceFromSchema = z.strictObject({
  inputUsdPerMillion: z.number().nonnegative(),
  outputUsdPerMillion: z.number().nonnegative(),
  cachedInputUsdPerMillion: z.number().nonnegative().optional(),
  cacheWriteUsdPerMillion: z.number().nonnegative().optional(),
  /** Most tokens that one image takes; absent: 50,000, more than any provider is known to count. */
  imageTokens: z.number().int().positive().optional(),
  since: z.iso.date(),
});

/** One price, or several, each until the next begins. */
export const priceSchema = z.union([
  priceFromSchema,
  z
    .array(priceFromSchema)
    .min(1)
    .refine((prices) => new Set(prices.map(({ since }) => since)).size === prices.length, {
      error: 'two prices begin on the same day',
    }),
]);

export const toolSettingsSchema = z.strictObject({
  isEnabled: z.boolean().default(true),
  timeoutMs: z.number().int().min(100).max(300_000).optional(),
  /** Calls a minute, instead of the tool's own limits. */
  callsPerMinute: z
    .strictObject({
      user: z.number().int().positive().max(100_000),
      tenant: z.number().int().positive().max(1_000_000).optional(),
    })
    .optional(),
});

const perMinute = z.number().int().positive().max(10_000_000).optional();

/** How often a minute requests of each class may come, and how many streams may be open at once; absent: any number. */
const requestLimitsSchema = z.strictObject({
  writesPerMinute: perMinute,
  readsPerMinute: perMinute,
  streamsPerMinute: perMinute,
  adminPerMinute: perMinute,
  openStreams: z.number().int().positive().max(1_000_000).optional(),
});
export type RequestLimits = z.infer<typeof requestLimitsSchema>;

/** What a tenant may ask of the gateway: with each of its keys, and with all of them together. */
export const planSchema = z.strictObject({
  perKey: requestLimitsSchema.default({}),
  perTenant: requestLimitsSchema.default({}),
});
export type Plan = z.infer<typeof planSchema>;

export const tenantSettingsSchema = z.strictObject({
  /** One of `plans`. */
  plan: z.string().optional(),
  /** By tool; together with an agent's policy the stricter of the two counts. */
  policy: z.record(z.string(), z.enum(toolPolicies)).default({}),
});

/** The file that LUMINA_CONFIG names: agents, models with prices, tools, MCP servers. */
export const luminaFileSchema = z
  .strictObject({
    defaultAgent: agentNameSchema,
    agents: z.record(agentNameSchema, agentDefinitionSchema.omit({ name: true })),
    prices: z.record(modelRefSchema, priceSchema).default({}),
    budgets: z.array(wideBudgetSchema).max(200).default([]),
    tools: z.record(z.string(), toolSettingsSchema).default({}),
    mcpServers: mcpServersSchema.default({}),
    /** `default` is the plan of every tenant that names none. */
    plans: z.record(z.string(), planSchema).default({}),
    tenants: z.record(z.string(), tenantSettingsSchema).default({}),
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
    for (const [name, { plan }] of Object.entries(file.tenants)) {
      if (plan === undefined || Object.hasOwn(file.plans, plan)) continue;
      const plans = Object.keys(file.plans).join(', ') || 'none';
      const message = `there is no plan "${plan}"; there are: ${plans}`;
      context.addIssue({ code: 'custom', path: ['tenants', name, 'plan'], message });
    }
    const budgetKeys = file.budgets.map(({ scope, name, period }) => `${scope} ${name} ${period}`);
    file.budgets.forEach(({ scope, name, period }, index) => {
      if (scope === 'agent' && name !== everyName) mustExist(name, ['budgets', index, 'name']);
      if (budgetKeys.indexOf(`${scope} ${name} ${period}`) === index) return;
      const message = `there is another budget of the ${scope} ${name} for each ${period}; one may limit both tokens and costUsd`;
      context.addIssue({ code: 'custom', path: ['budgets', index], message });
    });
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

/** What the file says of a tenant's tools; undefined: nothing. */
export const tenantPolicyOf = (
  { tenants }: Pick<LuminaFile, 'tenants'>,
  tenant: string,
): PolicyTable | undefined => (Object.hasOwn(tenants, tenant) ? tenants[tenant]?.policy : undefined);

export function agentsOf(file: LuminaFile): readonly AgentDefinition[] {
  return Object.entries(file.agents).map(([name, definition]) => ({ name, ...definition }));
}

/**
 * The content of a definition in one fixed order of keys, so that equal definitions have equal digests whoever computes
 * them.
 */
export const canonicalDefinition = (agent: AgentDefinition): string => canonicalJson(agent);
