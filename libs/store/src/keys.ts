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
  /** Tools that are off, by tenant and name; what was switched when by whom; and how often such things have changed. */
  switches: `${keyPrefix}switches`,
  controlLog: `${keyPrefix}control-log`,
  controls: `${keyPrefix}controls`,
  /** The approved definitions of an MCP server's tools, and those that wait for approval. */
  pins: (server: string) => `${keyPrefix}mcp:${server}`,
  health: `${keyPrefix}health`,
  due: `${keyPrefix}due`,
  live: `${keyPrefix}live`,
  confirmed: `${keyPrefix}confirmed`,
  /** The channel on which cancellations are told to workers. */
  control: `${keyPrefix}control`,
} as const;
