import { Histogram, type HistogramConfiguration, register } from 'prom-client';
import type { TraceContext } from '../traces/trace-context';
import { openMetricsRegistry } from './open-metrics';

/** A histogram whose buckets name, as an exemplar, the trace of what fell into them last. It is on the page of metrics as any other. */
export class TracedHistogram<Label extends string = never> {
  private readonly histogram: Histogram;

  constructor(about: Omit<HistogramConfiguration<Label>, 'registers'>) {
    // prom-client gives exemplars to what is made for a registry of OpenMetrics; that of the process is none.
    this.histogram = new Histogram({ ...about, enableExemplars: true, registers: [openMetricsRegistry()] });
    register.registerMetric(this.histogram);
  }

  /** A trace that is not recorded leads nowhere, and is not named. */
  observe(labels: Readonly<Record<Label, string>>, value: number, trace: TraceContext | undefined): void {
    const exemplarLabels = trace?.isSampled === true ? { trace_id: trace.traceId } : {};
    this.histogram.observe({ labels, value, exemplarLabels });
  }

  /** An alert sees it grow from its first value on: what is rare begins at 0. */
  zero(labels: Readonly<Record<Label, string>>): void {
    this.histogram.zero(labels);
  }
}
