import type { Tool, ToolResult } from '../tool';
import type { CallOrigin } from './call-origin';

/**
 * What is put on record of each call that may change something, whatever its tool: before it begins and when it has ended. A record
 * `before` that none `after` follows is of a call that was cut off.
 */
export interface CallRecord {
  readonly phase: 'before' | 'after';
  readonly tool: string;
  readonly risk: Tool['risk'];
  /** The run and the item of the call, `run/item`. */
  readonly call: string;
  readonly tenant: string;
  readonly user: string | undefined;
  readonly agent: string;
  /** SHA-256 of the arguments as canonical JSON: what an approval in the journal is about. */
  readonly argsDigest: string;
  readonly admittedBy: 'policy' | 'person';
  /** Only after. */
  readonly outcome?: 'ok' | 'error';
  readonly errorType?: string;
  readonly durationMs?: number;
}

export type OnRecord = (record: CallRecord) => void;

export interface AuditedCall {
  readonly tool: Pick<Tool, 'name' | 'risk'>;
  readonly origin: CallOrigin;
  readonly argsDigest: () => string;
  readonly admittedBy: CallRecord['admittedBy'];
}

/** The work, with its two records where the tool does more than read. */
export async function audited(
  { tool, origin, argsDigest, admittedBy }: AuditedCall,
  onRecord: OnRecord,
  work: () => Promise<ToolResult>,
): Promise<ToolResult> {
  if (tool.risk === 'read') return work();
  const { run, item, tenant, user, agent } = origin;
  const record = {
    ...{ tool: tool.name, risk: tool.risk, call: `${run}/${item}`, tenant, user, agent },
    ...{ argsDigest: argsDigest(), admittedBy },
  };
  onRecord({ phase: 'before', ...record });
  const startedMs = performance.now();
  const result = await work();
  onRecord({
    phase: 'after',
    ...record,
    outcome: result.kind,
    ...(result.kind === 'error' ? { errorType: result.type } : {}),
    durationMs: Math.round(performance.now() - startedMs),
  });
  return result;
}
