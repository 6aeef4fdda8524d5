import { type AgentDefinition, type ToolOffer, type ToolPolicy, toolPolicies } from '@lumina/contracts';

/**
 * Whether a tool may be called. Invariants:
 *
 * Y1 Of what the agent's definition says and what the deployment says of the tenant, the stricter counts: neither can allow what the
 *    other does not.
 * Y2 Where the definition says nothing, what is dangerous asks and all else is allowed.
 */
export type PolicyTable = Readonly<Record<string, ToolPolicy>>;

export interface Policies {
  readonly agent: Pick<AgentDefinition, 'policy'>;
  readonly tenantPolicy?: PolicyTable | undefined;
}

const strictness = (policy: ToolPolicy): number => toolPolicies.indexOf(policy);

const inTable = (table: PolicyTable | undefined, tool: string): ToolPolicy | undefined =>
  table !== undefined && Object.hasOwn(table, tool) ? table[tool] : undefined;

export function policyOf(
  { name, risk }: Pick<ToolOffer, 'name' | 'risk'>,
  { agent, tenantPolicy }: Policies,
): ToolPolicy {
  const own = inTable(agent.policy, name) ?? (risk === 'dangerous' ? 'ask' : 'allow');
  const ofTenant = inTable(tenantPolicy, name) ?? 'allow';
  return strictness(ofTenant) > strictness(own) ? ofTenant : own;
}

/** Why a call is denied, for the model. */
export const deniedReason = (tool: string, { agent }: Policies): string =>
  inTable(agent.policy, tool) === 'deny'
    ? `this agent may not call ${tool}`
    : `${tool} may not be called here`;
