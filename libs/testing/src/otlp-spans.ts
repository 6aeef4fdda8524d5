import { attributesIn, buffer, buffers, integer, messageIn } from './otlp-messages';

/** A span as a collector receives it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it begins its trace. */
  readonly parentId: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Ids of the spans that it links to. */
  readonly links: readonly string[];
  readonly isError: boolean;
  readonly durationMs: number;
}

function spanIn(bytes: Buffer, service: string): ReceivedSpan {
  const span = messageIn(bytes);
  const nanoseconds = buffer(span, 8).readBigUInt64LE() - buffer(span, 7).readBigUInt64LE();
  return {
    service,
    name: buffer(span, 5).toString(),
    traceId: buffer(span, 1).toString('hex'),
    spanId: buffer(span, 2).toString('hex'),
    parentId: buffer(span, 4).toString('hex'),
    kind: integer(span, 6),
    attributes: attributesIn(buffers(span, 9)),
    links: buffers(span, 13).map((link) => buffer(messageIn(link), 2).toString('hex')),
    isError: integer(messageIn(buffer(span, 15)), 3) === 2,
    durationMs: Number(nanoseconds) / 1_000_000,
  };
}

/** The spans of one request of OTLP's exporter of traces. */
export function spansIn(body: Buffer): readonly ReceivedSpan[] {
  return buffers(messageIn(body), 1).flatMap((bytes) => {
    const ofResource = messageIn(bytes);
    const resource = attributesIn(buffers(messageIn(buffer(ofResource, 1)), 1));
    const scopes = buffers(ofResource, 2).map(messageIn);
    return scopes.flatMap((scope) =>
      buffers(scope, 2).map((span) => spanIn(span, String(resource['service.name']))),
    );
  });
}
