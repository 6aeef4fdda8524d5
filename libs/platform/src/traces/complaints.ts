import { DiagLogLevel, diag } from '@opentelemetry/api';

/** A collector that is away is away for every batch: one line a minute says it. */
const complainEveryMs = 60_000;

/** The SDK tells what goes wrong to one logger of the process. */
export function complainTo(report: (fault: unknown) => void): void {
  let quietUntilMs = 0;
  const complain = (message: string): void => {
    const nowMs = performance.now();
    if (nowMs < quietUntilMs) return;
    quietUntilMs = nowMs + complainEveryMs;
    report(new Error(message.slice(0, 500)));
  };
  const silent = (): void => undefined;
  const logger = { error: complain, warn: complain, info: silent, debug: silent, verbose: silent };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
