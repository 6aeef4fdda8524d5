-- Forget: removes a thread in which nothing runs, with its runs; or one run of it that has ended.
--
-- KEYS:    1 thread hash   2 thread's runs (list)   3 thread's journal   4 thread's waiting runs (list)
-- ARGV:    1 prefix  2 tenant  3 thread  4 now for people, ms  5 the run to remove, or "": the whole thread  6… the thread's labels
-- Output:  "forgotten" | "missing" | "busy": a run is under way, or this run is not over
-- Effects: without a run: everything that is kept under the thread's name and its runs'. With one: the run's hash and events and its
--          place among the thread's runs; what it said stays in the thread's journal. A repeat writes `confirmed`.
local prefix, tenant, thread, run = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
local fields = redis.call('HMGET', KEYS[1], 'tenant', 'active')
if fields[1] ~= tenant then
  redis.call('SET', prefix .. 'confirmed', ARGV[4])
  return 'missing'
end

local function removeRun(id)
  redis.call('UNLINK', prefix .. 'run:' .. id, prefix .. 'events:' .. id)
  redis.call('ZREM', prefix .. 'after', id)
end

if run ~= '' then
  local known = redis.call('HMGET', prefix .. 'run:' .. run, 'thread', 'status')
  if known[1] ~= thread then
    redis.call('SET', prefix .. 'confirmed', ARGV[4])
    return 'missing'
  end
  if known[2] == 'running' or known[2] == 'queued' then return 'busy' end
  redis.call('LREM', KEYS[2], 0, run)
  removeRun(run)
  return 'forgotten'
end

if (fields[2] and fields[2] ~= '') or redis.call('EXISTS', KEYS[4]) == 1 then return 'busy' end
for _, id in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do removeRun(id) end
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
redis.call('ZREM', prefix .. 'threads:' .. tenant, thread)
for index = 6, #ARGV do redis.call('ZREM', prefix .. 'label:' .. tenant .. ':' .. ARGV[index], thread) end
return 'forgotten'
