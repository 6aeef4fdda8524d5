import { createHash } from 'node:crypto';

/** Which span of which trace, as W3C's `traceparent` carries it. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

const form = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:$|-.+$)/;

/** Undefined: it is none, and whoever gave it is treated as if they had given none. */
export function parseTraceparent(header: string | undefined): TraceContext | undefined {
  const [, version, traceId = '', spanId = '', flags = ''] = form.exec(header ?? '') ?? [];
  if (version === undefined || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  // The first version has no fifth part.
  if (version === '00' && header?.length !== 55) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export const traceparentOf = ({ traceId, spanId, isSampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;

/** The id of the span of a thing that has a name: everybody who knows the name knows the id, and nobody has to keep it. */
export const spanIdOf = (...name: readonly (string | number)[]): string => {
  const id = createHash('sha256').update(name.join('|')).digest('hex').slice(0, 16);
  return /^0+$/.test(id) ? '0000000000000001' : id;
};

/**
 * The span of a whole run, under which all that is done for it hangs. `accepted` is the traceparent that it was accepted with.
 */
export function runContext(run: string, accepted: string | undefined): TraceContext | undefined {
  const context = parseTraceparent(accepted);
  return context && { ...context, spanId: spanIdOf('run', run) };
}
