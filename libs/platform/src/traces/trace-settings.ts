import {
  type Settings,
  decimal,
  defineSettings,
  duration,
  flag,
  integer,
  oneOf,
  secret,
  text,
  url,
} from '../config';

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof samplers)[number];

/** OpenTelemetry's own variables, and what is Lumina's. The exporter reads further ones of its own (time-out, compression, certificates). */
export const traceSettings = defineSettings({
  OTEL_EXPORTER_OTLP_ENDPOINT: url({
    description:
      'A collector that takes OTLP over HTTP, for example http://127.0.0.1:4318; unset: nothing is sent.',
  }),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url({
    description: 'Where spans go, with its path, if not to /v1/traces of OTEL_EXPORTER_OTLP_ENDPOINT.',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: secret({
    description: 'Headers for the collector: name=value, comma-separated, values percent-encoded.',
  }),
  OTEL_SDK_DISABLED: flag({
    default: 'false',
    description: 'Nothing is sent to a collector, whatever else is set.',
  }),
  OTEL_SERVICE_NAME: text({ description: 'Name of the service in its spans; unset: lumina-<service>.' }),
  OTEL_RESOURCE_ATTRIBUTES: text({ description: 'Attributes of all spans: name=value, comma-separated.' }),
  OTEL_TRACES_SAMPLER: oneOf(samplers, {
    default: 'parentbased_always_on',
    description: 'Which traces are recorded; parentbased: what the client’s traceparent says goes first.',
  }),
  OTEL_TRACES_SAMPLER_ARG: decimal({
    min: 0,
    max: 1,
    default: '1',
    description: 'The share of traces that a sampler with traceidratio records.',
  }),
  OTEL_BSP_SCHEDULE_DELAY: duration({
    minMs: 1,
    default: '5s',
    description: 'How long spans are gathered before they are sent.',
  }),
  OTEL_BSP_MAX_QUEUE_SIZE: integer({
    min: 1,
    max: 1_000_000,
    default: '2048',
    description: 'How many spans may wait to be sent; what is more is dropped.',
  }),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: integer({
    min: 1,
    max: 1_000_000,
    default: '512',
    description: 'How many spans are sent at once.',
  }),
});

/** Of whoever sees what is said. */
export const traceContentSettings = defineSettings({
  LUMINA_TRACE_CONTENT: flag({
    default: 'false',
    description:
      'Whether spans hold what is said: prompts and answers, arguments and results of tools. Secrets that the process knows are taken out.',
  }),
});

export type TraceSettings = Settings<typeof traceSettings>;

export const isTraced = (settings: TraceSettings): boolean =>
  !settings.OTEL_SDK_DISABLED &&
  (settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined ||
    settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT !== undefined);
