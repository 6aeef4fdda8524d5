/**
 * Names in Redis. One hash tag per shard: a script touches one shard only, so that a cluster or several Sentinel groups
 * need no change of protocol. Today there is one shard.
 */
export const keyPrefix = 'lum:{s0}:';

export const keys = {
  run: (run: string) => `${keyPrefix}run:${run}`,
  events: (run: string) => `${keyPrefix}events:${run}`,
  thread: (thread: string) => `${keyPrefix}thread:${thread}`,
  journal: (thread: string) => `${keyPrefix}journal:${thread}`,
  runsOfThread: (thread: string) => `${keyPrefix}runs:${thread}`,
  waiting: (thread: string) => `${keyPrefix}waiting:${thread}`,
  newest: (tenant: string) => `${keyPrefix}newest:${tenant}`,
  agent: (digest: string) => `${keyPrefix}agent:${digest}`,
  tools: `${keyPrefix}tools`,
  health: `${keyPrefix}health`,
  due: `${keyPrefix}due`,
  account: (account: string) => `${keyPrefix}${account}`,
  holds: `${keyPrefix}holds`,
  spendings: `${keyPrefix}spendings`,
  usage: (tenant: string, day: string) => `${keyPrefix}usage:${tenant}|${day}`,
  budgetWarnings: `${keyPrefix}budget-warnings`,
  sweeps: `${keyPrefix}sweeps`,
  live: `${keyPrefix}live`,
  confirmed: `${keyPrefix}confirmed`,
  /** The channel on which cancellations are told to workers. */
  control: `${keyPrefix}control`,
} as const;
