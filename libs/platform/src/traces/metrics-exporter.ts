import { readFileSync } from 'node:fs';
import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import {
  createOtlpHttpExportDelegate,
  getSharedConfigurationFromEnvironment,
  httpAgentFactoryFromOptions,
} from '@opentelemetry/otlp-exporter-base/node-http';
import { MetricsExporterMetricsHelper, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { headersIn } from './collector';
import type { MeterSettings } from './meter-settings';

const usual = { timeoutMillis: 10_000, compression: 'none' } as const;

/** What a variable of the exporter's own names, for metrics alone or for all. */
function fileOf(name: string): Buffer | undefined {
  const { env } = process;
  const path = env[`OTEL_EXPORTER_OTLP_METRICS_${name}`] ?? env[`OTEL_EXPORTER_OTLP_${name}`];
  return path === undefined ? undefined : readFileSync(path);
}

const urlOf = (settings: MeterSettings): string =>
  settings.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? `${settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? ''}/v1/metrics`;

/**
 * Metrics over OTLP by HTTP, with the parts of which the exporter of spans is made. The package that exports metrics is of another
 * version, and would bring the whole SDK a second time.
 */
export class MetricsExporter extends OTLPExporterBase<ResourceMetrics> {
  constructor(settings: MeterSettings) {
    const { timeoutMillis, compression } = getSharedConfigurationFromEnvironment('METRICS');
    const [ca, cert, key] = ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].map(fileOf);
    const headers = (): Promise<Record<string, string>> =>
      Promise.resolve({
        ...headersIn(settings.OTEL_EXPORTER_OTLP_HEADERS()),
        'Content-Type': 'application/x-protobuf',
      });
    super(
      createOtlpHttpExportDelegate(
        {
          ...{ url: urlOf(settings), headers, concurrencyLimit: 1 },
          timeoutMillis: timeoutMillis ?? usual.timeoutMillis,
          compression: compression ?? usual.compression,
          agentFactory: httpAgentFactoryFromOptions({ keepAlive: true, ca, cert, key }),
        },
        ProtobufMetricsSerializer,
        'otlp_http_metric_exporter',
        MetricsExporterMetricsHelper,
        undefined,
      ),
    );
  }
}
