import { type Row, query, rate } from './dashboard';

export const redis: Row = {
  title: 'Redis',
  panels: [
    {
      title: 'Redis answers',
      says: 'Whether Redis answers, and whether what is written comes back.',
      unit: 'bool_yes_no',
      alerts: ['LuminaRedisDown', 'LuminaStoreUnwritable'],
      queries: [query('min by (check) (lumina_health_check{check=~"redis|checkpointer"})')],
    },
    {
      title: 'Masters',
      says: 'Servers that say that they are the master, and those that Sentinels name. One each is well.',
      unit: 'short',
      alerts: ['LuminaNoMaster', 'LuminaTwoMasters', 'LuminaSentinelsDisagree'],
      queries: [
        query('max(lumina_redis_masters)', 'say so'),
        query('max(lumina_redis_masters_named)', 'named'),
      ],
    },
    {
      title: 'Sentinels',
      says: 'Configured, reachable, and with a quorum for a failover.',
      unit: 'short',
      alerts: ['LuminaQuorumLost', 'LuminaSentinelDown'],
      queries: [query('max by (state) (lumina_sentinels)')],
    },
    {
      title: 'Replicas',
      says: 'Connected to the master, and as the Sentinels see them.',
      unit: 'short',
      alerts: ['LuminaReplicaDown'],
      queries: [
        query('max(lumina_redis_replicas)', 'connected'),
        query('max by (state) (lumina_sentinel_replicas)'),
      ],
    },
    {
      title: 'Replication lag',
      says: 'How far the replica that is furthest behind is behind.',
      unit: 'bytes',
      queries: [query('max(lumina_redis_replication_lag_bytes)', 'behind')],
    },
    {
      title: 'Writes',
      says: 'Scripts a second by what their sender was told, and batches that too few replicas confirmed in time.',
      unit: 'ops',
      alerts: ['LuminaWaitFailing'],
      queries: [
        query(rate('lumina_store_writes_total', 'outcome')),
        query(rate('lumina_store_wait_shortfalls_total'), 'too few replicas'),
      ],
    },
    {
      title: 'Memory of Redis',
      says: 'Used, and the limit where there is one.',
      unit: 'bytes',
      alerts: ['LuminaRedisMemoryHigh'],
      queries: [query('max by (kind) (lumina_redis_memory_bytes)')],
    },
    {
      title: 'Persistence',
      says: 'Whether the last write to the append-only file and the last snapshot succeeded.',
      unit: 'bool_yes_no',
      alerts: ['LuminaRedisNotPersisting'],
      queries: [query('max(lumina_redis_persistence_ok)', 'the last write')],
    },
  ],
};
