-- Intervene: changes a run from outside its workers: a person's decision, a cancellation. Whoever intervenes has read the run
-- and decided for exactly that version of it.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 version that was read  4 `cancel` | `decide`  5 now for people, ms
--          6 grace before the sweeper rings, ms  7 status: `running`, or how the run ended
--          8 how long an ended run's events are kept, ms  9… the change, as readChange (changes) takes it
-- Output:  {"committed", v, {run, item, v, place of each item to ring for …}} | {"conflict", v}: the run has moved on, read again
--          | {"missing"}
-- Effects: as Commit. `cancel` marks the run, tells the workers on the channel `control`, and takes a run that waits for its
--          thread or its tenant's turn out of the line. A repeat finds that the run has moved on, and writes `touched`.
-- Needs:   changes
local prefix, id, at, isCancel = ARGV[1], ARGV[2], ARGV[5], ARGV[4] == 'cancel'

local cursor = 8
local change = readChange(function()
  cursor = cursor + 1
  return ARGV[cursor]
end)
local run = loadRun(prefix, id, touchedItems(change))
if not run then return { 'missing' } end
if run.v ~= tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'touched', at)
  return { 'conflict', run.v }
end

if isCancel then
  run.isCancelled = true
  put(run.set, 'cancel', at)
  add(run.del, 'accepted')
  redis.call('LREM', prefix .. 'waiting:' .. run.thread, 0, id)
  redis.call('LREM', prefix .. 'line:' .. run.tenant, 0, id)
end
local version, opened = applyChange(run, change, {
  at = at, graceMs = tonumber(ARGV[6]), status = ARGV[7], eventsKeptMs = ARGV[8],
})
if isCancel then redis.call('PUBLISH', prefix .. 'control', id) end
return { 'committed', version, opened }
