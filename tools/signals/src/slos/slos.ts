import { requestsOf } from '../alerts/alert';

/** One promise about how often things go well, and over which events it is counted. */
export interface Slo {
  readonly name: string;
  /** As part of an alert's name. */
  readonly title: string;
  /** Share of events that go well. */
  readonly objective: number;
  /** What is counted, in the plural. */
  readonly subject: string;
  readonly promise: string;
  /** Counts of all events, and of those that went wrong, in a window `[W]`. */
  readonly total: string;
  readonly bad: string;
  /** Fewer bad events than these in the long window say nothing, whatever their share: little traffic pages nobody. */
  readonly leastBad: number;
  /** Whether spending its budget fast wakes somebody. */
  readonly pages: boolean;
  readonly look: string;
}

/** Prometheus 2 keeps the bound of a bucket as it was written, Prometheus 3 as `5.0`. */
const slower = (histogram: string, le: string): Pick<Slo, 'total' | 'bad'> => ({
  total: `sum(increase(${histogram}_count[W]))`,
  bad: `(sum(increase(${histogram}_count[W])) - sum(increase(${histogram}_bucket{le=~"${le}|${le}.0"}[W])))`,
});

export const slos: readonly Slo[] = [
  {
    name: 'requests',
    title: 'Requests',
    subject: 'requests',
    objective: 0.999,
    promise: 'are answered without an error of ours',
    total: `sum(increase(${requestsOf()}[W]))`,
    bad: `sum(increase(${requestsOf('status=~"5.."')}[W]))`,
    leastBad: 5,
    pages: true,
    look: 'Which routes and statuses: panel "Errors".',
  },
  {
    name: 'runs',
    title: 'Runs',
    subject: 'runs',
    objective: 0.995,
    promise: 'that nobody cancels end well',
    total: 'sum(increase(lumina_runs_total{outcome!="cancelled"}[W]))',
    bad: 'sum(increase(lumina_runs_total{outcome=~"failed|expired"}[W]))',
    leastBad: 5,
    pages: true,
    look: 'How runs end, by agent: panel "Runs by outcome"; then the failure of one (`./lumina explain RUN`).',
  },
  {
    name: 'queue-wait',
    title: 'QueueWait',
    subject: 'runs',
    objective: 0.99,
    promise: 'begin within five seconds',
    ...slower('lumina_run_queue_wait_seconds', '5'),
    leastBad: 5,
    pages: true,
    look: 'Whether workers are at their limit: panel "Room".',
  },
  {
    name: 'first-token',
    title: 'FirstToken',
    subject: 'answers',
    objective: 0.95,
    promise: 'show their first word within five seconds',
    ...slower('lumina_llm_time_to_first_token_seconds', '5'),
    leastBad: 10,
    pages: false,
    look: 'Which model is slow: panel "Time to first token".',
  },
  {
    name: 'streams',
    title: 'Streams',
    subject: 'streams',
    objective: 0.999,
    promise: 'can be followed without a gap',
    total: 'sum(increase(lumina_streams_total[W]))',
    bad: 'sum(increase(lumina_streams_total{outcome=~"cursor_refused|failed"}[W]))',
    leastBad: 5,
    pages: false,
    look: 'Whether clients come back too late, or a failover forgot events: panel "Streams".',
  },
  {
    name: 'recovery',
    title: 'Recovery',
    subject: 'items that lost their worker',
    objective: 0.99,
    promise: 'are rung for again within thirty seconds',
    ...slower('lumina_run_recovery_seconds', '30'),
    leastBad: 3,
    pages: false,
    look: 'Whether orchestrators sweep: panel "Sweeps".',
  },
];
