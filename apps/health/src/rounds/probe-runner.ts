import type { HealthCheck } from '@lumina/contracts';
import { HealthIndicatorService } from '@nestjs/terminus';
import { describeFault, tidy } from '../probes/fault';
import type { Finding, Probe } from '../probes/probe';

/** A run that is still out after so many time-outs is given up: what lost it must not blind the probe for ever. */
const givenUpAfterTimeouts = 10;

interface Run {
  readonly startedAtMs: number;
  readonly check: Promise<HealthCheck>;
}

/**
 * Runs one probe against the clock. Invariants:
 *
 * R1 `check` always resolves, within `timeoutMs`.
 * R2 A probe never overlaps itself: while a run is out, `check` waits for that one's answer. A run is given up after
 *    ten time-outs.
 */
export class ProbeRunner {
  private readonly indicators = new HealthIndicatorService();
  private out: Run | undefined;

  constructor(
    private readonly probe: Probe,
    private readonly timeoutMs: number,
  ) {}

  async check(): Promise<HealthCheck> {
    const answers: HealthCheck[] = [];
    await this.indicators
      .check(this.probe.name)
      .attempt(async ({ signal }) => {
        answers.push(await this.join(signal).check);
      })
      .withTimeout(this.timeoutMs);
    return answers[0] ?? this.overdue();
  }

  private join(signal: AbortSignal): Run {
    const isUsable =
      this.out !== undefined &&
      performance.now() - this.out.startedAtMs < givenUpAfterTimeouts * this.timeoutMs;
    if (isUsable && this.out !== undefined) return this.out;
    const startedAtMs = performance.now();
    const run: Run = {
      startedAtMs,
      check: this.find(signal).then((finding) => {
        if (this.out === run) this.out = undefined;
        return checkOf(finding, startedAtMs);
      }),
    };
    this.out = run;
    return run;
  }

  private async find(signal: AbortSignal): Promise<Finding> {
    try {
      return await this.probe.run(signal);
    } catch (error) {
      return { isHealthy: false, detail: describeFault(error) };
    }
  }

  private overdue(): HealthCheck {
    const startedAtMs = this.out?.startedAtMs ?? performance.now() - this.timeoutMs;
    return checkOf({ isHealthy: false, detail: `no answer within ${this.timeoutMs} ms` }, startedAtMs);
  }
}

const checkOf = ({ isHealthy, detail, seen }: Finding, startedAtMs: number): HealthCheck => ({
  isHealthy,
  detail: tidy(detail),
  latencyMs: seen?.latencyMs ?? performance.now() - startedAtMs,
  checkedAtMs: seen?.atMs ?? Date.now(),
});
