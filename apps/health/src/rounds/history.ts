import type { HealthCheck, HealthSnapshot } from '@lumina/contracts';
import type { HealthStatus } from './verdict';

/** One change: of the whole (`status`) or of one check (`check:<name>`). */
export interface Transition {
  readonly atMs: number;
  readonly subject: string;
  readonly from: HealthStatus | 'unknown';
  readonly to: HealthStatus;
  readonly detail: string;
}

const stateOf = (check: HealthCheck | undefined): 'healthy' | 'unhealthy' | 'unknown' => {
  if (check === undefined) return 'unknown';
  return check.isHealthy ? 'healthy' : 'unhealthy';
};

/** What changed from one snapshot to the next. That a check is well when it is first seen is no change. */
export function transitionsBetween(
  before: HealthSnapshot | undefined,
  after: HealthSnapshot,
): readonly Transition[] {
  const changes = Object.entries(after.checks).flatMap(([name, check]): Transition[] => {
    const from = stateOf(before?.checks[name]);
    const to = check.isHealthy ? 'healthy' : 'unhealthy';
    if (from === to || (from === 'unknown' && to === 'healthy')) return [];
    return [{ atMs: after.atMs, subject: `check:${name}`, from, to, detail: check.detail }];
  });
  if (before?.status === after.status) return changes;
  const failing = Object.keys(after.checks).filter((name) => after.checks[name]?.isHealthy === false);
  const detail = failing.length === 0 ? 'every check is well' : `failing: ${failing.join(', ')}`;
  const from = before?.status ?? 'unknown';
  return [...changes, { atMs: after.atMs, subject: 'status', from, to: after.status, detail }];
}

/** The last changes, oldest first. */
export class History {
  private kept: readonly Transition[] = [];

  constructor(private readonly capacity = 100) {}

  add(transitions: readonly Transition[]): void {
    this.kept = [...this.kept, ...transitions].slice(-this.capacity);
  }

  get transitions(): readonly Transition[] {
    return this.kept;
  }
}
