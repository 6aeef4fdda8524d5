import {
  type AgentDefinition,
  agentDefinitionSchema,
  agentNameSchema,
  everyName,
  modelRefSchema,
  wideBudgetSchema,
} from '@lumina/contracts';
import { z } from 'zod';
import { canonicalJson } from './canonical-json';

/** What one model costs, in US dollars for a million tokens, from a day on. */
export const priceSchema = z.strictObject({
  inputUsdPerMillion: z.number().nonnegative(),
  outputUsdPerMillion: z.number().nonnegative(),
  cachedInputUsdPerMillion: z.number().nonnegative().optional(),
  cacheWriteUsdPerMillion: z.number().nonnegative().optional(),
  since: z.iso.date(),
});

export const toolSettingsSchema = z.strictObject({
  isEnabled: z.boolean().default(true),
  timeoutMs: z.number().int().min(100).max(300_000).optional(),
});

/** The file that LUMINA_CONFIG names: agents, models with prices, tools. */
export const luminaFileSchema = z
  .strictObject({
    defaultAgent: agentNameSchema,
    agents: z.record(agentNameSchema, agentDefinitionSchema.omit({ name: true })),
    prices: z.record(modelRefSchema, priceSchema).default({}),
    budgets: z.array(wideBudgetSchema).max(200).default([]),
    tools: z.record(z.string(), toolSettingsSchema).default({}),
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
    const budgetKeys = file.budgets.map(({ scope, name, period }) => `${scope} ${name} ${period}`);
    file.budgets.forEach(({ scope, name, period }, index) => {
      if (scope === 'agent' && name !== everyName) mustExist(name, ['budgets', index, 'name']);
      if (budgetKeys.indexOf(`${scope} ${name} ${period}`) === index) return;
      const message = `there is another budget of the ${scope} ${name} for each ${period}; one may limit both tokens and costUsd`;
      context.addIssue({ code: 'custom', path: ['budgets', index], message });
    });
    for (const [name, { subagents }] of Object.entries(file.agents)) {
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
