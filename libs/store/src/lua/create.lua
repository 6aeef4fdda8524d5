-- Create: accepts a run, once however often it is sent.
--
-- KEYS:    1 run hash   2 thread hash   3 thread's runs (list)   4 thread's waiting runs (list)   5 agent definition
-- ARGV:    1 prefix  2 run  3 thread  4 tenant  5 agent  6 agent digest  7 request digest  8 the fact run.accepted
--          9 now for people, ms  10 grace before the sweeper rings, ms  11 `create` | `require`: what if the thread is missing
--          12 `reject` | `enqueue`: what if the thread is busy  13 thread's metadata (JSON) for a new thread
--          14 `listed` | `hidden`: whether the run shows among the tenant's newest
--          15 how many runs the tenant, and the agent for this tenant, may have under way: "<n> <n>", 0: any number
-- Output:  {"created", v, started 0|1, place} | {"exists", v} | {"mismatch"} | {"thread-missing"} | {"thread-busy", run}
--          | {"agent-missing"}
-- Effects: run hash, thread hash and lists; a started run also: journal, events, due. A repeat writes `touched`, so that a
--          WAIT behind it has something to wait for.
local prefix, run, thread, tenant = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local at, graceMs = ARGV[9], tonumber(ARGV[10])

local known = redis.call('HMGET', KEYS[1], 'req', 'tenant', 'v')
if known[1] then
  if known[1] ~= ARGV[7] or known[2] ~= tenant then return { 'mismatch' } end
  redis.call('HSET', KEYS[1], 'touched', at)
  return { 'exists', tonumber(known[3]) }
end

local owner = redis.call('HGET', KEYS[2], 'tenant')
if owner and owner ~= tenant then return { 'thread-missing' } end
if not owner and ARGV[11] == 'require' then return { 'thread-missing' } end
if redis.call('EXISTS', KEYS[5]) == 0 then return { 'agent-missing' } end

local active = owner and redis.call('HGET', KEYS[2], 'active')
if active == '' then active = false end
if active and ARGV[12] == 'reject' then return { 'thread-busy', active } end

if not owner then
  redis.call('HSET', KEYS[2], 'tenant', tenant, 'created', at, 'metadata', ARGV[13])
end
redis.call('HSET', KEYS[2], 'updated', at, 'agent', ARGV[5])
redis.call('RPUSH', KEYS[3], run)
redis.call('HSET', KEYS[1], 'thread', thread, 'tenant', tenant, 'agent', ARGV[5], 'digest', ARGV[6], 'req', ARGV[7],
  'created', at, 'updated', at, 'status', 'queued', 'v', 0, 'seq', 0, 'open', 0,
  'caps', ARGV[15])
if ARGV[14] == 'listed' then
  redis.call('LPUSH', prefix .. 'newest:' .. tenant, run)
  redis.call('LTRIM', prefix .. 'newest:' .. tenant, 0, 999)
end

if active then
  redis.call('HSET', KEYS[1], 'accepted', ARGV[8])
  redis.call('RPUSH', KEYS[4], run)
  return { 'created', 0, 0, 0 }
end
local version = enter(prefix, run, thread, ARGV[8], nowMs() + graceMs)
if not version then return { 'created', 0, 0, 0 } end
return { 'created', version, 1, placeOf(prefix, run) }
