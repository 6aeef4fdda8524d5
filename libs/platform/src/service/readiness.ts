/** What a service says about itself on /health/ready. Provided by each app under this token. */
export const READINESS = Symbol('readiness');

export interface Readiness {
  /** Each check by name: undefined when it is well, else what is wrong. Must answer within a second or so. */
  check(): Promise<Readonly<Record<string, string | undefined>>>;
}
