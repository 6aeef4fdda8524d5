import { median } from './spread';

export interface MemorySample {
  readonly atSeconds: number;
  readonly bytes: number;
}

export interface MemoryTrend {
  readonly medianBytes: number;
  readonly maxBytes: number;
  /** Of the straight line through the samples; 0 of fewer than two. */
  readonly bytesPerHour: number;
}

/** Where memory goes, from the samples of the second half: in the first a process grows into its work. */
export function memoryTrend(samples: readonly MemorySample[]): MemoryTrend {
  const late = samples.slice(samples.length >> 1);
  return {
    medianBytes: median(late.map(({ bytes }) => bytes)),
    maxBytes: Math.max(...samples.map(({ bytes }) => bytes)),
    bytesPerHour: slope(late) * 3_600,
  };
}

/** Least squares. */
function slope(samples: readonly MemorySample[]): number {
  const mean = (measure: (sample: MemorySample) => number): number =>
    samples.reduce((sum, sample) => sum + measure(sample), 0) / samples.length;
  const middle = mean(({ atSeconds }) => atSeconds);
  const level = mean(({ bytes }) => bytes);
  const spread = samples.reduce((sum, { atSeconds }) => sum + (atSeconds - middle) ** 2, 0);
  const rise = samples.reduce((sum, { atSeconds, bytes }) => sum + (atSeconds - middle) * (bytes - level), 0);
  return spread === 0 ? 0 : rise / spread;
}
