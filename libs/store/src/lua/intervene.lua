-- Intervene: changes a run from outside its workers: a person's decision, a cancellation. Whoever intervenes has read the run
-- and decided for exactly that version of it.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 version that was read  4 `cancel` | `decide`  5 now for people, ms
--          6 grace before the sweeper rings, ms  7 status: `running`, or how the run ended
--          8 how long an ended run's events are kept, ms  9… the change, as applyChange (prelude) takes it
-- Output:  {"committed", v, {run, item, v, place of each item to ring for …}} | {"conflict", v}: the run has moved on, read again
--          | {"missing"}
-- Effects: as Commit. `cancel` marks the run, tells the workers on the channel `control`, and takes a run that waits for its
--          thread or its tenant's turn out of the line. A repeat finds that the run has moved on, and writes `touched`.
local prefix, run, at = ARGV[1], ARGV[2], ARGV[5]

local known = redis.call('HMGET', KEYS[1], 'v', 'thread', 'tenant')
if not known[1] then return { 'missing' } end
if known[1] ~= ARGV[3] then
  redis.call('HSET', KEYS[1], 'touched', at)
  return { 'conflict', tonumber(known[1]) }
end

local cursor = 8
local function take()
  cursor = cursor + 1
  return ARGV[cursor]
end
if ARGV[4] == 'cancel' then
  redis.call('HSET', KEYS[1], 'cancel', at)
  redis.call('LREM', prefix .. 'waiting:' .. known[2], 0, run)
  redis.call('LREM', prefix .. 'line:' .. known[3], 0, run)
  redis.call('HDEL', KEYS[1], 'accepted')
end
local version, opened = applyChange({
  prefix = prefix, run = run, at = at, graceMs = tonumber(ARGV[6]), status = ARGV[7], eventsKeptMs = ARGV[8],
}, take)
if ARGV[4] == 'cancel' then redis.call('PUBLISH', prefix .. 'control', run) end
return { 'committed', version, opened }
