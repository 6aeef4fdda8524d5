import { type Settings, defineSettings, duration, oneOf, url } from '../config';
import type { TraceSettings } from './trace-settings';

/** OpenTelemetry's own variables for metrics, of whoever asks models. */
export const meterSettings = defineSettings({
  OTEL_METRICS_EXPORTER: oneOf(['otlp', 'none'], {
    default: 'otlp',
    description: 'Whether a collector gets the GenAI metrics of requests to models: otlp, or none.',
  }),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: url({
    description: 'Where metrics go, with its path, if not to /v1/metrics of OTEL_EXPORTER_OTLP_ENDPOINT.',
  }),
  OTEL_METRIC_EXPORT_INTERVAL: duration({
    minMs: 10,
    default: '1m',
    description: 'How often metrics are sent.',
  }),
});

export type MeterSettings = Settings<typeof meterSettings> &
  Pick<TraceSettings, 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_HEADERS' | 'OTEL_SDK_DISABLED'>;

export const isMetered = (settings: MeterSettings): boolean =>
  !settings.OTEL_SDK_DISABLED &&
  settings.OTEL_METRICS_EXPORTER === 'otlp' &&
  (settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT) !== undefined;
