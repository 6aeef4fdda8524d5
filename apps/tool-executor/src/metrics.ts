import { Counter, Histogram } from 'prom-client';

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
const seconds = new Histogram({
  name: 'lumina_tool_duration_seconds',
  help: 'Duration of a tool call.',
  labelNames: ['tool'],
  buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
});
const recovered = new Counter({
  name: 'lumina_runs_recovered_total',
  help: 'Work items taken over from a worker that fell silent, or rung for again, by cause.',
  labelNames: ['cause'],
});
const unknownOutcomes = new Counter({
  name: 'lumina_tool_outcomes_unknown_total',
  help: 'Calls that must not be repeated and whose outcome a crash left unknown.',
  labelNames: ['tool'],
});
const securityEvents = new Counter({
  name: 'lumina_security_events_total',
  help: 'Attempts that were refused, by type.',
  labelNames: ['type'],
});

/** A tool that is not ours is one label, however many names a model invents. */
export const unknownTool = 'unknown';

export function measureCall(tool: string, durationMs: number, errorType: string | undefined): void {
  invocations.inc({ tool, status: errorType === undefined ? 'ok' : 'error' });
  if (errorType !== undefined) errors.inc({ tool, type: errorType });
  seconds.observe({ tool }, durationMs / 1_000);
}

export const measureTakeover = (): void => recovered.inc({ cause: 'call' });
export const measureSecurityEvent = (type: string): void => securityEvents.inc({ type });
export const measureUnknownOutcome = (tool: string): void => unknownOutcomes.inc({ tool });
