import type { Attributes, Histogram, Meter } from '@opentelemetry/api';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { closedInTime, resourceOf } from './collector';
import { complainTo } from './complaints';
import type { GenAiMeter, ModelOperation } from './gen-ai-meter';
import type { MeterSettings } from './meter-settings';
import { MetricsExporter } from './metrics-exporter';
import { genAiMetrics, operations, spanNames } from './span-names';

/** How long one sending may take. */
const sendingMs = 10_000;

/** Metrics to a collector, over OTLP by HTTP, at intervals. Values add up from the start of the process. */
export class OtlpMeter implements GenAiMeter {
  private readonly provider: MeterProvider;
  private readonly tokens: Histogram;
  private readonly seconds: Histogram;
  private readonly firstChunkSeconds: Histogram;

  /** `report`: undefined where tracing hears what goes wrong already. */
  constructor(settings: MeterSettings, service: string, report: ((fault: unknown) => void) | undefined) {
    if (report !== undefined) complainTo(report);
    const exportIntervalMillis = settings.OTEL_METRIC_EXPORT_INTERVAL;
    const exporter = new MetricsExporter(settings);
    const exportTimeoutMillis = Math.min(sendingMs, exportIntervalMillis);
    this.provider = new MeterProvider({
      resource: resourceOf(service),
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis, exportTimeoutMillis })],
    });
    const meter = this.provider.getMeter('lumina');
    this.tokens = histogram(meter, genAiMetrics.tokenUsage);
    this.seconds = histogram(meter, genAiMetrics.operationDuration);
    this.firstChunkSeconds = histogram(meter, genAiMetrics.timeToFirstChunk);
  }

  count({ provider, model, durationMs, timeToFirstChunkMs, usage, errorType }: ModelOperation): void {
    const names: Attributes = {
      [spanNames.operation]: operations.chat,
      [spanNames.provider]: provider,
      [spanNames.requestModel]: model,
    };
    const ended = errorType === undefined ? names : { ...names, [spanNames.errorType]: errorType };
    this.seconds.record(durationMs / 1_000, ended);
    if (timeToFirstChunkMs !== undefined) this.firstChunkSeconds.record(timeToFirstChunkMs / 1_000, names);
    if (usage === undefined) return;
    this.tokens.record(usage.inputTokens, { ...names, [spanNames.tokenType]: 'input' });
    this.tokens.record(usage.outputTokens, { ...names, [spanNames.tokenType]: 'output' });
  }

  close(): Promise<void> {
    return closedInTime(this.provider.shutdown());
  }
}

const histogram = (
  meter: Meter,
  { name, unit, buckets }: (typeof genAiMetrics)[keyof typeof genAiMetrics],
): Histogram => meter.createHistogram(name, { unit, advice: { explicitBucketBoundaries: [...buckets] } });
