/** What a service does besides answering HTTP. Provided under this token. */
export const SERVICE = Symbol('service');

export interface Service {
  start(): Promise<void>;
  /** Each check by name: undefined when it is well, else what is wrong. Must answer within a second or so. */
  check(): Promise<Readonly<Record<string, string | undefined>>>;
  /** What `/health/ready` says besides, without an effect on readiness. */
  notes?(): Readonly<Record<string, string>>;
  /** On the way down, while HTTP still answers: take nothing new, finish or let go of what is held. */
  drain(): Promise<void>;
  /** At the very end: close what is open. */
  stop(): Promise<void>;
}
