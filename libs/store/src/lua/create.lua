-- Create: accepts a run, once however often it is sent.
--
-- KEYS:    1 run hash   2 thread hash   3 thread's runs (list)   4 thread's waiting runs (list)   5 agent definition
-- ARGV:    1 prefix  2 run  3 thread  4 tenant  5 agent  6 agent digest  7 request digest  8 the fact run.accepted
--          9 now for people, ms  10 grace before the sweeper rings, ms  11 `create` | `require`: what if the thread is missing
--          12 `reject` | `enqueue`: what if the thread is busy  13 thread's metadata (JSON) for a new thread
--          14 `listed` | `alone` | `hidden`: the run shows among the tenant's newest, and its thread among the threads; the run alone; neither
--          15 how many runs the tenant, and the agent for this tenant, may have under way: "<n> <n>", 0: any number
--          16 what the client said about the run (JSON), or ""  17 what is to be done when it has ended (JSON), or ""
--          18 the thread at the root of a subagent's, or ""  19 budgets that the run would count against (JSON list), or ""
--          20 door of a worker for its first step (handing)  21 label of the agent  22… labels by which a new thread can be found
-- Output:  {"created", v, started 0|1, place, handed to that worker 0|1} | {"exists", v} | {"mismatch"} | {"thread-missing"} | {"thread-busy", run}
--          | {"agent-missing"} | {"no-budget", scope, whose, period, `costUsd` | `tokens`}: it is spent
-- Effects: run hash, thread hash and lists; a listed run also: its thread among the tenant's threads and labels; a started run also: journal, events, due. A repeat writes `touched`, so that a
--          WAIT behind it has something to wait for.
-- Needs:   starts, threads, ledger
local prefix, id, thread, tenant, at = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[9]
local newestKept = 1000

local known = redis.call('HMGET', KEYS[1], 'req', 'tenant', 'v')
if known[1] then
  if known[1] ~= ARGV[7] or known[2] ~= tenant then return { 'mismatch' } end
  redis.call('HSET', KEYS[1], 'touched', at)
  return { 'exists', tonumber(known[3]) }
end

local threadFields = redis.call('HMGET', KEYS[2], 'tenant', 'active', 'agent', 'created')
local owner, active = threadFields[1], threadFields[2]
if owner and owner ~= tenant then return { 'thread-missing' } end
if not owner and ARGV[11] == 'require' then return { 'thread-missing' } end
if redis.call('EXISTS', KEYS[5]) == 0 then return { 'agent-missing' } end

if active == '' then active = false end
if active and ARGV[12] == 'reject' then return { 'thread-busy', active } end

if ARGV[19] ~= '' then
  local root = ARGV[18] ~= '' and ARGV[18] or thread
  local spent = ledger().firstSpent(prefix, cjson.decode(ARGV[19]), { tenant = tenant, agent = ARGV[5], thread = root }, nowMs())
  if spent then return { 'no-budget', spent.account.scope, spent.account.owner, spent.account.period, spent.amount } end
end

local fields = { 'updated', at, 'agent', ARGV[5] }
if not owner then fields = { 'updated', at, 'agent', ARGV[5], 'tenant', tenant, 'created', at, 'metadata', ARGV[13] } end
redis.call('HSET', KEYS[2], 'active', active or id, unpack(fields))
redis.call('RPUSH', KEYS[3], id)
local isListed = ARGV[14] == 'listed'
if isListed and not owner then
  listThread(prefix, tenant, thread, at, { unpack(ARGV, 21) })
elseif isListed and threadFields[3] ~= ARGV[5] and redis.call('ZSCORE', prefix .. 'threads:' .. tenant, thread) then
  redis.call('ZADD', prefix .. 'label:' .. tenant .. ':' .. ARGV[21], threadFields[4], thread)
end
if ARGV[14] ~= 'hidden' and redis.call('LPUSH', prefix .. 'newest:' .. tenant, id) > 2 * newestKept then
  redis.call('LTRIM', prefix .. 'newest:' .. tenant, 0, newestKept - 1)
end

local run = newRun(prefix, id)
run.thread, run.tenant, run.agent, run.digest = thread, tenant, ARGV[5], ARGV[6]
run.set = {
  'thread', thread, 'tenant', tenant, 'agent', ARGV[5], 'digest', ARGV[6], 'req', ARGV[7], 'created', at,
  'updated', at, 'status', 'queued', 'caps', ARGV[15],
}
if ARGV[16] ~= '' then put(run.set, 'about', ARGV[16]) end
if ARGV[17] ~= '' then put(run.set, 'after', ARGV[17]) end
if ARGV[18] ~= '' then put(run.set, 'root', ARGV[18]) end
local place, isHanded
if active then
  put(run.set, 'accepted', ARGV[8])
  redis.call('RPUSH', KEYS[4], id)
else
  local now = nowMs()
  place, isHanded = enter(run, ARGV[8], ARGV[15], now + tonumber(ARGV[10]), doorOf(ARGV[20]), now)
end
saveRun(run)
if not place then return { 'created', 0, 0, 0, 0 } end
return { 'created', run.v, 1, place, isHanded and 1 or 0 }
