import {
  type Attributes,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  ParentBasedSampler,
  RandomIdGenerator,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { knownSecrets } from '../secrets/known-secrets';
import { Scrubber } from '../secrets/scrubber';
import { closedInTime, headersIn, resourceOf } from './collector';
import { complainTo } from './complaints';
import { spanNames } from './span-names';
import { type TraceContext, traceparentOf } from './trace-context';
import type { TraceSettings } from './trace-settings';
import type { Span, SpanAttributes, SpanStart, Tracing } from './tracing';

const kinds = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

function samplerOf({
  OTEL_TRACES_SAMPLER: name,
  OTEL_TRACES_SAMPLER_ARG: share,
}: Pick<TraceSettings, 'OTEL_TRACES_SAMPLER' | 'OTEL_TRACES_SAMPLER_ARG'>): Sampler {
  const root = name.endsWith('always_off')
    ? new AlwaysOffSampler()
    : name.endsWith('traceidratio')
      ? new TraceIdRatioBasedSampler(share)
      : new AlwaysOnSampler();
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

/** Random ids, but for a span whose id follows from its name. */
class SpanIds implements IdGenerator {
  private readonly random = new RandomIdGenerator();
  next: string | undefined;

  generateTraceId(): string {
    return this.random.generateTraceId();
  }

  generateSpanId(): string {
    const id = this.next ?? this.random.generateSpanId();
    this.next = undefined;
    return id;
  }
}

/** Spans to a collector, over OTLP by HTTP, in batches. No attribute holds a secret that this process was given. */
export class OtlpTracing implements Tracing {
  private readonly ids = new SpanIds();
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;
  private readonly scrubber = new Scrubber(knownSecrets(process.env));

  constructor(settings: TraceSettings, service: string, report: (fault: unknown) => void) {
    complainTo(report);
    this.provider = new TracerProvider({
      sampler: samplerOf(settings),
      idGenerator: this.ids,
      resource: resourceOf(service),
      spanLimits: { attributeValueLengthLimit: 16_384 },
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new OTLPTraceExporter({
            headers: () => Promise.resolve(headersIn(settings.OTEL_EXPORTER_OTLP_HEADERS())),
          }),
          scheduledDelayMillis: settings.OTEL_BSP_SCHEDULE_DELAY,
          maxQueueSize: settings.OTEL_BSP_MAX_QUEUE_SIZE,
          maxExportBatchSize: settings.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
        }),
      ],
    });
    this.tracer = this.provider.getTracer('lumina');
  }

  start(name: string, { kind = 'internal', parent, links = [], atMs, spanId, attributes }: SpanStart): Span {
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote(parent));
    this.ids.next = spanId;
    const span = this.tracer.startSpan(
      name,
      {
        kind: kinds[kind],
        links: links.map((link) => ({ context: remote(link) })),
        attributes: this.clean(attributes),
        ...(atMs === undefined ? {} : { startTime: atMs }),
      },
      context,
    );
    return new OtlpSpan(span, (given) => this.clean(given));
  }

  close(): Promise<void> {
    return closedInTime(this.provider.shutdown());
  }

  private clean(attributes: SpanAttributes = {}): Attributes {
    const clean: Attributes = {};
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined) continue;
      if (typeof value === 'string') clean[name] = this.scrubber.scrub(value).text;
      else if (typeof value === 'object') clean[name] = value.map((each) => this.scrubber.scrub(each).text);
      else clean[name] = value;
    }
    return clean;
  }
}

class OtlpSpan implements Span {
  readonly context: TraceContext;
  readonly traceparent: string;
  private hasEnded = false;

  constructor(
    private readonly span: OtelSpan,
    private readonly clean: (attributes: SpanAttributes) => Attributes,
  ) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.context = { traceId, spanId, isSampled: (traceFlags & sampled) !== 0 };
    this.traceparent = traceparentOf(this.context);
  }

  set(attributes: SpanAttributes): void {
    if (!this.hasEnded && this.context.isSampled) this.span.setAttributes(this.clean(attributes));
  }

  end(errorType?: string): void {
    if (this.hasEnded) return;
    if (errorType !== undefined) {
      this.set({ [spanNames.errorType]: errorType });
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.hasEnded = true;
    this.span.end();
  }
}

const sampled: number = TraceFlags.SAMPLED;

const remote = ({ traceId, spanId, isSampled }: TraceContext) => ({
  traceId,
  spanId,
  traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: true,
});
