import { resolve } from 'node:path';
import { closedLoop } from '../load/closed-loop';
import type { Variation } from '../subjects/lumina-services';
import type { LuminaSubject } from '../subjects/lumina-subject';
import { findingOf } from './closed-work';
import type { WorkContext } from './context';
import type { TelemetryFinding } from './findings';
import { interleaved } from './interleaved';
import { measured } from './round';
import { TraceSink } from './trace-sink';

/** Oftener than most scrape, and in the format that Prometheus asks for. */
const scrapeEveryMs = 5_000;
const scraped = { headers: { accept: 'application/openmetrics-text;version=1.0.0' } };

const quiet = { LUMINA_LOG_LEVEL: 'silent' };

/** Each with what the one before has, and one thing more. */
const variations = (sink: TraceSink): Readonly<Record<string, Variation>> => ({
  'telemetry-off': { env: quiet, preload: resolve(__dirname, '../metrics-off.js') },
  'telemetry-metrics': { env: quiet },
  'telemetry-logs': { env: {} },
  'telemetry-traces': { env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url } },
});

/** Runs a second of stacks that differ in what they tell about themselves alone, measured in turn in the same minutes. */
export async function telemetryFinding(context: WorkContext): Promise<TelemetryFinding> {
  const { options, signal, progress } = context;
  const { clients, seconds, warmUpSeconds } = options;
  const sink = await TraceSink.start();
  try {
    const subjects: LuminaSubject[] = [];
    for (const [name, variation] of Object.entries(variations(sink)))
      subjects.push(await context.another(name, variation));
    const load = (subject: LuminaSubject, forSeconds: number) =>
      closedLoop(() => subject.ask('agent'), { clients, seconds: forSeconds, signal });
    for (const subject of subjects) {
      progress(`telemetry: warming up ${subject.title}`);
      await load(subject, warmUpSeconds);
    }
    const rounds = await interleaved(subjects, options.rounds, async (subject, round) => {
      signal.throwIfAborted();
      const one = await measured(subject, { ...context, subjects }, () =>
        whileScraped(subject, () => load(subject, seconds)),
      );
      const perSecond = ((one.runs / one.elapsedMs) * 1_000).toFixed(0);
      progress(`telemetry, round ${round + 1}/${options.rounds}: ${subject.name}: ${perSecond} runs/s`);
      return one;
    });
    return { ...findingOf(rounds), traces: { batches: sink.batches, bytes: sink.bytes } };
  } finally {
    await sink.stop();
  }
}

/** Has the subject's metrics read now and then meanwhile, but for the one that keeps none. */
async function whileScraped<T>(subject: LuminaSubject, work: () => Promise<T>): Promise<T> {
  if (subject.name === 'telemetry-off') return work();
  const scrape = (): void => {
    for (const { url } of subject.metrics)
      void fetch(url, scraped).then(
        (answer) => answer.text(),
        () => undefined,
      );
  };
  scrape();
  const timer = setInterval(scrape, scrapeEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
