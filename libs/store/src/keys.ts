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
  /** A tenant's threads by the time of their creation, and those of them that carry a label. */
  threads: (tenant: string) => `${keyPrefix}threads:${tenant}`,
  label: (tenant: string, label: string) => `${keyPrefix}label:${tenant}:${label}`,
  agent: (digest: string) => `${keyPrefix}agent:${digest}`,
  /** An item that clients keep, by its tenant and its place in the tenant's index; see item.lua. */
  item: (tenant: string, place: string) => `${keyPrefix}item:${tenant}:${place}`,
  items: (tenant: string) => `${keyPrefix}items:${tenant}`,
  itemNamespaces: (tenant: string) => `${keyPrefix}namespaces:${tenant}`,
  itemCounts: (tenant: string) => `${keyPrefix}itemcounts:${tenant}`,
  itemEnds: (tenant: string) => `${keyPrefix}itemends:${tenant}`,
  cron: (id: string) => `${keyPrefix}cron:${id}`,
  crons: (tenant: string) => `${keyPrefix}crons:${tenant}`,
  allCrons: `${keyPrefix}allcrons`,
  /** Ended runs after which something is left to do, by when. */
  after: `${keyPrefix}after`,
  /** What could not be done after a tenant's runs. */
  dead: (tenant: string) => `${keyPrefix}dead:${tenant}`,
  /** What webhooks are signed with, where the settings name nothing. */
  webhookSecret: `${keyPrefix}webhooksecret`,
  /** What was asked for under the name of something that a client's idempotency key made. */
  madeOnce: (name: string) => `${keyPrefix}made:${name}`,
  tools: `${keyPrefix}tools`,
  /** Tools that are off, by tenant and name; what was switched when by whom; and how often such things have changed. */
  switches: `${keyPrefix}switches`,
  controlLog: `${keyPrefix}control-log`,
  controls: `${keyPrefix}controls`,
  /** The approved definitions of an MCP server's tools, and those that wait for approval. */
  pins: (server: string) => `${keyPrefix}mcp:${server}`,
  health: `${keyPrefix}health`,
  due: `${keyPrefix}due`,
  account: (account: string) => `${keyPrefix}${account}`,
  answers: (tenant: string) => `${keyPrefix}answers:${tenant}`,
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
