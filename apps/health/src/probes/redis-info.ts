/** From this share of maxmemory on, writes are about to be refused (`noeviction`). */
const fullShare = 0.95;

function fieldsOf(info: string): ReadonlyMap<string, string> {
  const pairs = info.split(/\r?\n/).flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon <= 0 || line.startsWith('#') ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
  });
  return new Map(pairs);
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const mebibytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`;

/** Used share of maxmemory; undefined where there is no limit. */
function memoryShare(fields: ReadonlyMap<string, string>): number | undefined {
  const limit = Number(fields.get('maxmemory') ?? 0);
  return limit > 0 ? Number(fields.get('used_memory')) / limit : undefined;
}

/**
 * What the text of INFO says against relying on this Redis; empty when nothing does.
 *
 * @param replicas that must hold a write before it is acknowledged
 */
export function redisFaults(info: string, replicas: number): readonly string[] {
  const fields = fieldsOf(info);
  const role = fields.get('role');
  const share = memoryShare(fields);
  const connected = Number(fields.get('connected_slaves') ?? 0);
  const faults: [boolean, string][] = [
    [role === undefined, 'INFO tells no role'],
    [role !== undefined && role !== 'master', `the role is ${role}, not master: writes are refused`],
    [(fields.get('loading') ?? '0') !== '0', 'still loading its data'],
    [
      (fields.get('aof_last_write_status') ?? 'ok') !== 'ok',
      'the last write to the append-only file failed: look at the disk of Redis',
    ],
    [
      share !== undefined && share >= fullShare,
      `${percent(share ?? 0)} of maxmemory is used: writes are about to be refused`,
    ],
    [
      role === 'master' && connected < replicas,
      `${connected} replicas are connected and ${replicas} must hold a write before it is acknowledged`,
    ],
  ];
  return faults.filter(([applies]) => applies).map(([, fault]) => fault);
}

/** The numbers of INFO that are watched over time. Bytes. */
export interface RedisNumbers {
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly maxBytes: number;
  readonly replicas: number;
  /** How far the replica that is furthest behind is behind; 0 without replicas. */
  readonly lagBytes: number;
  readonly isPersisted: boolean;
}

export function redisNumbers(info: string): RedisNumbers {
  const fields = fieldsOf(info);
  const offset = Number(fields.get('master_repl_offset') ?? 0);
  const replicas = [...fields].filter(([name]) => /^slave\d+$/.test(name));
  const lags = replicas.map(([, text]) => offset - Number(/\boffset=(\d+)/.exec(text)?.[1] ?? offset));
  return {
    usedBytes: Number(fields.get('used_memory') ?? 0),
    maxBytes: Number(fields.get('maxmemory') ?? 0),
    replicas: Number(fields.get('connected_slaves') ?? 0),
    lagBytes: Math.max(0, ...lags),
    isPersisted:
      (fields.get('aof_last_write_status') ?? 'ok') === 'ok' &&
      (fields.get('rdb_last_bgsave_status') ?? 'ok') === 'ok',
  };
}

/** One line about a Redis that is well. */
export function redisSummary(info: string): string {
  const fields = fieldsOf(info);
  const share = memoryShare(fields);
  const policy = fields.get('maxmemory_policy') ?? 'noeviction';
  const used = mebibytes(Number(fields.get('used_memory') ?? 0));
  const parts = [
    `master, Redis ${fields.get('redis_version') ?? 'of unknown version'}`,
    share === undefined ? `${used} used` : `${used} used (${percent(share)} of maxmemory)`,
    `${fields.get('connected_slaves') ?? '0'} replicas`,
  ];
  if (share !== undefined && policy !== 'noeviction') parts.push(`maxmemory-policy ${policy} may drop runs`);
  return parts.join(', ');
}
