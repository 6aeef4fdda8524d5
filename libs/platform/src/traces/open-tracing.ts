import type { LevelWithSilent } from 'pino';
import { serviceLog } from '../logs/log-destination';
import type { OtlpTracing as Sender } from './otlp-tracing';
import { type TraceSettings, isTraced } from './trace-settings';
import type { Tracing } from './tracing';

/** Loaded only where it is needed. */
const sender = 'otlp-tracing';

/**
 * Undefined: the environment names no collector. Then nothing of OpenTelemetry is loaded, and whoever would begin a span has nothing
 * to begin it with.
 */
export async function openTracing(
  settings: TraceSettings & { readonly LUMINA_LOG_LEVEL: LevelWithSilent },
  service: string,
): Promise<Tracing | undefined> {
  if (!isTraced(settings)) return undefined;
  const { OtlpTracing } = (await import(`./${sender}`)) as { readonly OtlpTracing: typeof Sender };
  const log = serviceLog(service, settings.LUMINA_LOG_LEVEL);
  return new OtlpTracing(settings, service, (err) => log.warn({ event: 'traces', err }));
}
