import { type Alert, level, rising } from './alert';

const check = (name: string): string => `lumina_health_check{check="${name}",service="health"}`;
const single = { what: 'one Redis without Sentinels', series: { [check('redis')]: level(1, 41) }, at: '10m' };

/** What follows from a Redis that cannot be used. */
export const followsFromRedis = [
  'LuminaSyntheticFailing',
  'LuminaStoreUnwritable',
  'LuminaWaitFailing',
  'LuminaReplicaDown',
  'LuminaErrorRateHigh',
  'LuminaLatencyHigh',
  'LuminaRequestsBurnFast',
  'LuminaRequestsBurnSlow',
  'LuminaWorkerNotConsuming',
  'LuminaQueueBacklog',
  'LuminaWorkerReopened',
  'LuminaLeaseChurn',
  'LuminaSweeperSilent',
  'LuminaRunStuck',
  'LuminaQueueWaitBurnFast',
  'LuminaQueueWaitBurnSlow',
  'LuminaRecoveryBurn',
  'LuminaStreamsBurn',
];

export const storeAlerts: readonly Alert[] = [
  {
    name: 'LuminaRedisDown',
    severity: 'critical',
    area: 'store',
    // Replicas that are gone are told by LuminaWaitFailing, which says what to do about it.
    expr:
      'max(lumina_health_check{check="redis"}) == 0 unless' +
      ' (max(lumina_redis_replicas) == 0 and max(lumina_sentinels{state="configured"}) > 0)',
    for: '30s',
    summary: 'The Redis that holds all runs cannot be used.',
    look: '`./lumina doctor` says what the health service sees; the gateway answers 503 to whoever wants a run.',
    silences: ['LuminaSentinelDown', ...followsFromRedis.filter((name) => name !== 'LuminaWaitFailing')],
    lingers: '6m',
    cases: {
      fires: {
        series: { [check('redis')]: '1+0x3 0+0x20' },
        notYet: '1m15s',
        at: '1m45s',
      },
      healthy: {
        what: 'a failover of ten seconds',
        series: { [check('redis')]: '1+0x3 0 1+0x20' },
        at: '2m',
      },
      absent: {
        what: 'the master is there, and its replicas are gone',
        series: {
          [check('redis')]: level(0, 41),
          'lumina_redis_replicas{service="health"}': level(0, 41),
          'lumina_sentinels{state="configured",service="health"}': level(3, 41),
        },
        at: '5m',
      },
    },
  },
  {
    name: 'LuminaStoreUnwritable',
    severity: 'critical',
    area: 'store',
    expr: `max(lumina_health_check{check="checkpointer"}) == 0`,
    for: '1m',
    summary: 'What is written to the run store does not come back.',
    look: 'The detail of the check `checkpointer` on the status page; then memory and disk of Redis.',
    silences: followsFromRedis.filter((name) => !/^Lumina(StoreUnwritable|WaitFailing)$/.test(name)),
    cases: {
      fires: { series: { [check('checkpointer')]: '1+0x3 0+0x20' }, notYet: '1m45s', at: '2m15s' },
      healthy: { what: 'writes come back', series: { [check('checkpointer')]: level(1, 41) }, at: '10m' },
      absent: { what: 'no health service is scraped', series: {}, at: '10m' },
    },
  },
  {
    name: 'LuminaNoMaster',
    severity: 'critical',
    area: 'store',
    expr: 'max(lumina_redis_masters) == 0 and max(lumina_sentinels{state="reachable"}) > 0',
    for: '30s',
    summary: 'No Redis says that it is the master, and the Sentinels have not made one.',
    look: 'Which Sentinels answer and whether they have a quorum: panel "Sentinels".',
    silences: ['LuminaRedisDown', 'LuminaSentinelDown', 'LuminaSentinelsDisagree', ...followsFromRedis],
    lingers: '8m',
    cases: {
      fires: {
        series: {
          'lumina_redis_masters{service="health"}': '1+0x3 0+0x20',
          'lumina_sentinels{state="reachable",service="health"}': level(3, 24),
        },
        notYet: '1m15s',
        at: '1m45s',
      },
      healthy: {
        what: 'a failover of ten seconds',
        series: {
          'lumina_redis_masters{service="health"}': '1+0x3 0 1+0x20',
          'lumina_sentinels{state="reachable",service="health"}': level(3, 24),
        },
        at: '2m',
      },
      absent: single,
    },
  },
  {
    name: 'LuminaTwoMasters',
    severity: 'critical',
    area: 'store',
    expr: 'max(lumina_redis_masters) > 1',
    for: '1m',
    summary: 'Two Redis servers say that they are the master.',
    look: 'Which address each process writes to. Nothing is acknowledged by the one without replicas; do not restart it before you know which is which.',
    now: '{{ $value }} masters',
    silences: ['LuminaSentinelsDisagree'],
    cases: {
      fires: {
        series: { 'lumina_redis_masters{service="health"}': '1+0x3 2+0x20' },
        notYet: '1m45s',
        at: '2m15s',
        now: '2 masters',
      },
      healthy: {
        what: 'an old master that comes back and is made a replica',
        series: { 'lumina_redis_masters{service="health"}': '1+0x3 2+0x1 1+0x20' },
        at: '2m15s',
      },
      absent: single,
    },
  },
  {
    name: 'LuminaSentinelsDisagree',
    severity: 'warning',
    area: 'store',
    expr: 'max(lumina_redis_masters_named) > 1',
    for: '1m',
    summary: 'The Sentinels name different masters.',
    look: 'Which Sentinel is cut off from the others: a process that asks that one goes to the wrong server.',
    now: '{{ $value }} different masters are named',
    cases: {
      fires: {
        series: { 'lumina_redis_masters_named{service="health"}': '1+0x3 2+0x20' },
        notYet: '1m45s',
        at: '2m15s',
        now: '2 different masters are named',
      },
      healthy: {
        what: 'a failover that reaches one Sentinel later than the others',
        series: { 'lumina_redis_masters_named{service="health"}': '1+0x3 2 1+0x20' },
        at: '2m15s',
      },
      absent: single,
    },
  },
  {
    name: 'LuminaQuorumLost',
    severity: 'critical',
    area: 'store',
    expr: 'max(lumina_sentinels{state="with_quorum"}) == 0',
    for: '1m',
    summary: 'Too few Sentinels see each other: nobody would replace a master that fails.',
    look: 'How many Sentinels answer. Runs go on meanwhile; a process that starts now cannot find Redis if none does.',
    silences: ['LuminaSentinelDown'],
    cases: {
      fires: {
        series: { 'lumina_sentinels{state="with_quorum",service="health"}': '3+0x3 0+0x20' },
        notYet: '1m45s',
        at: '2m15s',
      },
      healthy: {
        what: 'one of three Sentinels is away',
        series: { 'lumina_sentinels{state="with_quorum",service="health"}': '3+0x3 2+0x20' },
        at: '5m',
      },
      absent: single,
    },
  },
  {
    name: 'LuminaSentinelDown',
    severity: 'warning',
    area: 'store',
    expr: 'max(lumina_sentinels{state="reachable"}) < max(lumina_sentinels{state="configured"})',
    for: '2m',
    summary: 'A Sentinel does not answer.',
    look: 'Which one: the detail of the check `sentinels`. One more, and nobody replaces a master that fails.',
    now: '{{ $value }} answer',
    cases: {
      fires: {
        series: {
          'lumina_sentinels{state="reachable",service="health"}': '3+0x3 2+0x20',
          'lumina_sentinels{state="configured",service="health"}': level(3, 24),
        },
        notYet: '2m45s',
        at: '3m15s',
        now: '2 answer',
      },
      healthy: {
        what: 'a Sentinel that is restarted',
        series: {
          'lumina_sentinels{state="reachable",service="health"}': '3+0x3 2+0x3 3+0x20',
          'lumina_sentinels{state="configured",service="health"}': level(3, 28),
        },
        at: '3m15s',
      },
      absent: single,
    },
  },
  {
    name: 'LuminaReplicaDown',
    severity: 'warning',
    area: 'store',
    expr: 'max(lumina_sentinel_replicas{state="down"}) > 0',
    for: '2m',
    summary: 'A replica of Redis is down.',
    look: 'Whether another is up: with none, no write is acknowledged (LuminaWaitFailing).',
    now: '{{ $value }} down',
    cases: {
      fires: {
        series: { 'lumina_sentinel_replicas{state="down",service="health"}': '0+0x3 1+0x20' },
        notYet: '2m45s',
        at: '3m15s',
        now: '1 down',
      },
      healthy: {
        what: 'a replica that is restarted',
        series: { 'lumina_sentinel_replicas{state="down",service="health"}': '0+0x3 1+0x3 0+0x20' },
        at: '3m15s',
      },
      absent: single,
    },
  },
  {
    name: 'LuminaWaitFailing',
    severity: 'critical',
    area: 'store',
    expr: 'sum(rate(lumina_store_wait_shortfalls_total[1m])) > 0',
    for: '1m',
    summary: 'Too few replicas confirm writes: runs are refused rather than accepted and lost.',
    look: 'How many replicas are connected and how far behind they are: panels "Replicas" and "Replication lag".',
    now: '{{ $value | humanize }} times a second',
    silences: [
      'LuminaReplicaDown',
      'LuminaStoreUnwritable',
      ...followsFromRedis.filter((name) => !/^Lumina(StoreUnwritable|WaitFailing|ReplicaDown)$/.test(name)),
    ],
    lingers: '6m',
    cases: {
      fires: {
        series: {
          'lumina_store_wait_shortfalls_total{service="gateway"}': `${level(0, 4)} ${rising(3, 3, 20)}`,
        },
        notYet: '1m45s',
        at: '2m30s',
        now: '200m times a second',
      },
      healthy: {
        what: 'one shortfall in a failover',
        series: { 'lumina_store_wait_shortfalls_total{service="gateway"}': `${level(0, 4)} ${level(1, 20)}` },
        at: '3m',
      },
      absent: {
        what: 'durability is local: nothing waits for replicas',
        series: { 'lumina_store_wait_shortfalls_total{service="gateway"}': level(0, 41) },
        at: '10m',
      },
    },
  },
  {
    name: 'LuminaRedisMemoryHigh',
    severity: 'warning',
    area: 'store',
    expr: 'max(lumina_redis_memory_bytes{kind="used"}) / max(lumina_redis_memory_bytes{kind="max"}) > 0.85',
    for: '5m',
    summary: 'Redis has little memory left; full, it refuses writes rather than forget runs.',
    look: 'What grew: keys by prefix, and whether events of ended runs are kept for longer than they are read.',
    now: '{{ $value | humanizePercentage }} of its limit',
    cases: {
      fires: {
        series: {
          'lumina_redis_memory_bytes{kind="used",service="health"}': level(9, 60),
          'lumina_redis_memory_bytes{kind="max",service="health"}': level(10, 60),
        },
        notYet: '4m30s',
        at: '5m30s',
        now: '90% of its limit',
      },
      healthy: {
        what: 'four fifths are used',
        series: {
          'lumina_redis_memory_bytes{kind="used",service="health"}': level(8, 60),
          'lumina_redis_memory_bytes{kind="max",service="health"}': level(10, 60),
        },
        at: '10m',
      },
      absent: {
        what: 'Redis has no limit',
        series: { 'lumina_redis_memory_bytes{kind="used",service="health"}': level(9e9, 60) },
        at: '10m',
      },
    },
  },
  {
    name: 'LuminaRedisNotPersisting',
    severity: 'critical',
    area: 'store',
    expr: 'max(lumina_redis_persistence_ok) == 0',
    for: '1m',
    summary: 'Redis cannot write to its disk: what it holds would not survive a restart.',
    look: 'Free space and errors of the disk that Redis writes to.',
    cases: {
      fires: {
        series: { 'lumina_redis_persistence_ok{service="health"}': '1+0x3 0+0x20' },
        notYet: '1m45s',
        at: '2m15s',
      },
      healthy: {
        what: 'it writes',
        series: { 'lumina_redis_persistence_ok{service="health"}': level(1, 41) },
        at: '10m',
      },
      absent: { what: 'no health service is scraped', series: {}, at: '10m' },
    },
  },
];
