import type { ToolSwitch } from '@lumina/contracts';
import {
  type HttpMeasure,
  type PassageOutcome,
  type TraceContext,
  TracedHistogram,
  recoveryCounter,
  securityCounter,
} from '@lumina/platform';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { CacheOperation, CacheResult } from './cache/cached-call';
import type { LimitScope } from './limits/rate-limits';

const invocations = new Counter({
  name: 'lumina_tool_invocations_total',
  help: 'Tool calls that were answered, by status.',
  labelNames: ['tool', 'status'],
});
const errors = new Counter({
  name: 'lumina_tool_errors_total',
  help: 'Tool calls that were answered with an error, by its type.',
  labelNames: ['tool', 'type'],
});
const seconds = new TracedHistogram({
  name: 'lumina_tool_duration_seconds',
  help: 'Duration of a tool call.',
  labelNames: ['tool'],
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
});
const measureRecovery = recoveryCounter(['call']);
const unknownOutcomes = new Counter({
  name: 'lumina_tool_outcomes_unknown_total',
  help: 'Calls that must not be repeated and whose outcome a crash left unknown.',
  labelNames: ['tool'],
});
export const measureSecurityEvent = securityCounter([
  ...['path_traversal', 'dangerous_command', 'internal_address', 'egress_refused', 'tls_failure'],
]);

const rateLimited = new Counter({
  name: 'lumina_rate_limited_total',
  help: 'Calls that were refused because there were too many, by whose limit it was and by tool.',
  labelNames: ['scope', 'tool'],
});
const cacheOperations = new Counter({
  name: 'lumina_cache_operations_total',
  help: 'What the cache of tool results was asked and what it said.',
  labelNames: ['tool', 'operation', 'result'],
});
const webRequests = new Counter({
  name: 'lumina_web_requests_total',
  help: 'Calls of tools over HTTP, by outcome; `answered` has the class of its status.',
  labelNames: ['outcome', 'status'],
});
const webSeconds = new Histogram({
  name: 'lumina_web_request_duration_seconds',
  help: 'Duration of a call over HTTP, redirects and retries included.',
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
});

const egressConnections = new Counter({
  name: 'lumina_egress_connections_total',
  help: 'Wishes of sandboxed programs to connect outside, by what became of them.',
  labelNames: ['outcome'],
});

const switchedOff = new Gauge({
  name: 'lumina_tools_switched_off',
  help: 'Switches that hold, as this process knows them: for everybody, or for single tenants.',
  labelNames: ['scope'],
});

const mcpServerUp = new Gauge({
  name: 'lumina_mcp_server_up',
  help: 'Whether this process is connected to an MCP server: 1, or 0.',
  labelNames: ['server'],
});
const mcpServerLosses = new Counter({
  name: 'lumina_mcp_server_losses_total',
  help: 'Connections to an MCP server that ended, or could not be made.',
  labelNames: ['server'],
});

/** What may never happen to a tool is counted from 0 on. */
export function expectCallsOf(tool: string): void {
  unknownOutcomes.inc({ tool }, 0);
  rateLimited.inc({ scope: 'tenant', tool }, 0);
  for (const status of ['ok', 'error']) invocations.inc({ tool, status }, 0);
}

/** A tool that is not ours is one label, however many names a model invents. */
export const unknownTool = 'unknown';

interface MeasuredCall {
  readonly durationMs: number;
  readonly errorType: string | undefined;
  readonly trace: TraceContext | undefined;
}

export function measureCall(tool: string, { durationMs, errorType, trace }: MeasuredCall): void {
  invocations.inc({ tool, status: errorType === undefined ? 'ok' : 'error' });
  if (errorType !== undefined) errors.inc({ tool, type: errorType });
  seconds.observe({ tool }, durationMs / 1_000, trace);
}

export const measureTakeover = (): void => measureRecovery('call');
export const measureUnknownOutcome = (tool: string): void => unknownOutcomes.inc({ tool });
export const measureRateLimited = (scope: LimitScope, tool: string): void => rateLimited.inc({ scope, tool });
export const measureCache = (tool: string, operation: CacheOperation, result: CacheResult): void =>
  cacheOperations.inc({ tool, operation, result });

export function measureSwitches(switches: readonly ToolSwitch[]): void {
  const ofTenants = switches.filter(({ tenant }) => tenant !== undefined).length;
  switchedOff.set({ scope: 'tenant' }, ofTenants);
  switchedOff.set({ scope: 'all' }, switches.length - ofTenants);
}

/** Each refusal counts as an attempt, however often a program repeats it. */
export function measureEgress(outcome: PassageOutcome): void {
  egressConnections.inc({ outcome });
  const type = egressEvent(outcome);
  if (type !== undefined) measureSecurityEvent(type);
}

/** What security wants to know of; undefined: nothing was refused. */
export const egressEvent = (outcome: PassageOutcome): string | undefined =>
  ({
    ...{ opened: undefined, failed: undefined, refused_address: 'internal_address' },
    ...{ not_listed: 'egress_refused', malformed: 'egress_refused' },
  })[outcome];

export function measureMcpServer(server: string, isUp: boolean): void {
  mcpServerUp.set({ server }, isUp ? 1 : 0);
  if (!isUp) mcpServerLosses.inc({ server });
}

export function measureWeb({ outcome, status, durationMs }: HttpMeasure): void {
  webRequests.inc({ outcome, status: status === undefined ? '' : `${Math.floor(status / 100)}xx` });
  webSeconds.observe(durationMs / 1_000);
}
