/** What Redis has counted since it started, from `INFO everything`. */
export interface RedisCounters {
  /** By command in lower case, those that scripts call among them. */
  readonly calls: Readonly<Record<string, number>>;
  /** Time inside each command; that of a script includes what it calls. Microseconds. */
  readonly usec: Readonly<Record<string, number>>;
  /**
   * How often a client's socket had something to read: a pipeline counts once, however many commands it holds. What replicas acknowledge is left
   * out: it comes on connections of their own, and is no request.
   */
  readonly reads: number;
  /** How often a socket was written to, those of replicas among them. */
  readonly writes: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly memoryBytes: number;
  /** Of the append-only file: what is written to the disk. Undefined: there is none. */
  readonly aofBytes: number | undefined;
}

export function parseCounters(info: ReadonlyMap<string, string>): RedisCounters {
  const number = (name: string): number => Number(info.get(name) ?? 0);
  const calls: Record<string, number> = {};
  const usec: Record<string, number> = {};
  for (const [name, value] of info) {
    const command = /^cmdstat_(.+)$/.exec(name)?.[1];
    if (command === undefined) continue;
    calls[command] = Number(/calls=(\d+)/.exec(value)?.[1] ?? 0);
    usec[command] = Number(/usec=(\d+)/.exec(value)?.[1] ?? 0);
  }
  return {
    calls,
    usec,
    reads: number('total_reads_processed') - (calls['replconf'] ?? 0),
    writes: number('total_writes_processed'),
    inputBytes: number('total_net_input_bytes'),
    outputBytes: number('total_net_output_bytes'),
    memoryBytes: number('used_memory'),
    aofBytes: info.has('aof_current_size') ? number('aof_current_size') : undefined,
  };
}

/** What one run costs Redis, on the average of many. */
export interface RedisPerRun {
  readonly commands: number;
  readonly byCommand: Readonly<Record<string, number>>;
  readonly usecByCommand: Readonly<Record<string, number>>;
  readonly reads: number;
  readonly writes: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly memoryBytes: number;
  /** Undefined also when the file was rewritten meanwhile. */
  readonly aofBytes: number | undefined;
}

/** Commands of the measurement itself. */
const ownCommands: ReadonlySet<string> = new Set(['info', 'client|setinfo', 'hello', 'select']);

export function redisPerRun(before: RedisCounters, after: RedisCounters, runs: number): RedisPerRun {
  const each = (from: Readonly<Record<string, number>>, to: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(to)
        .filter(([name]) => !ownCommands.has(name))
        .map(([name, value]) => [name, (value - (from[name] ?? 0)) / runs] as const)
        .filter(([, value]) => value > 0)
        .sort(([, one], [, other]) => other - one),
    );
  const byCommand = each(before.calls, after.calls);
  const grown =
    before.aofBytes === undefined || after.aofBytes === undefined
      ? undefined
      : after.aofBytes - before.aofBytes;
  return {
    commands: Object.values(byCommand).reduce((sum, count) => sum + count, 0),
    byCommand,
    usecByCommand: each(before.usec, after.usec),
    reads: (after.reads - before.reads) / runs,
    writes: (after.writes - before.writes) / runs,
    inputBytes: (after.inputBytes - before.inputBytes) / runs,
    outputBytes: (after.outputBytes - before.outputBytes) / runs,
    memoryBytes: (after.memoryBytes - before.memoryBytes) / runs,
    aofBytes: grown === undefined || grown < 0 ? undefined : grown / runs,
  };
}
