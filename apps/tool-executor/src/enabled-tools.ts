import type { LuminaFile } from '@lumina/agent';
import { ConfigurationError } from '@lumina/platform';
import type { Tool } from './tool';
import { tools as ownTools } from './tools';

/**
 * The tools that this deployment runs, as its configuration has them. `alsoKnown` names tools that may be set though they are not
 * among these.
 *
 * @throws ConfigurationError for settings of a tool that does not exist: a misspelt name must not leave a tool on
 */
export function enabledTools(
  settings: LuminaFile['tools'],
  tools: readonly Tool[] = ownTools,
  alsoKnown: readonly string[] = [],
): ReadonlyMap<string, Tool> {
  const names = new Set([...tools.map(({ name }) => name), ...alsoKnown]);
  const unknown = Object.keys(settings).filter((name) => !names.has(name));
  if (unknown.length > 0) {
    const known = [...names].join(', ');
    throw new ConfigurationError(
      `lumina.yaml sets tools that do not exist: ${unknown.join(', ')}; there are: ${known}`,
    );
  }
  const enabled = tools.filter(({ name }) => settings[name]?.isEnabled ?? true);
  return new Map(enabled.map((tool) => [tool.name, withSettings(tool, settings[tool.name])]));
}

const minuteMs = 60_000;

function withSettings(tool: Tool, settings: LuminaFile['tools'][string] | undefined): Tool {
  const { timeoutMs = tool.timeoutMs, callsPerMinute } = settings ?? {};
  if (callsPerMinute === undefined) return { ...tool, timeoutMs };
  const { user: calls, tenant } = callsPerMinute;
  const ofTenant = tenant === undefined ? {} : { tenantCalls: tenant };
  return { ...tool, timeoutMs, rateLimit: { calls, ...ofTenant, perMs: minuteMs } };
}
