import type { LevelWithSilent } from 'pino';
import { serviceLog } from '../logs/log-destination';
import type { GenAiMeter } from './gen-ai-meter';
import { type MeterSettings, isMetered } from './meter-settings';
import type { OtlpMeter as Sender } from './otlp-meter';
import { type TraceSettings, isTraced } from './trace-settings';

/** Loaded only where it is needed. */
const sender = 'otlp-meter';

/** Undefined: the environment names no collector that wants metrics. Then nothing is loaded, and nothing counted for it. */
export async function openMeter(
  settings: MeterSettings & TraceSettings & { readonly LUMINA_LOG_LEVEL: LevelWithSilent },
  service: string,
): Promise<GenAiMeter | undefined> {
  if (!isMetered(settings)) return undefined;
  const { OtlpMeter } = (await import(`./${sender}`)) as { readonly OtlpMeter: typeof Sender };
  const log = serviceLog(service, settings.LUMINA_LOG_LEVEL);
  const report = (err: unknown): void => log.warn({ event: 'metrics', err });
  return new OtlpMeter(settings, service, isTraced(settings) ? undefined : report);
}
