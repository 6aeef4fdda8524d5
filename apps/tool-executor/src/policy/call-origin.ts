/** Where a call comes from. */
export interface CallOrigin {
  readonly run: string;
  readonly item: string;
  readonly thread: string;
  readonly tenant: string;
  /** Who, of the tenant, the run works for; undefined: nobody was named. */
  readonly user: string | undefined;
  readonly agent: string;
  readonly agentDigest: string;
}
