-- Commit: closes a claimed item with what came of it and opens what follows, all or nothing.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 item  4 epoch  5 owner  6 now for people, ms  7 grace before the sweeper rings, ms
--          8 status: `running`, or how the run ended  9 how long an ended run's events are kept, ms
--          10 door of a worker for the next step  11 for calls that may be made again (handing)
--          12… the change, as readChange (changes) takes it
-- Output:  {"committed", v, {run, item, v, place of each item to ring for, because it was not handed to a worker …}, {warnings of budgets (JSON) …}, next step handed over 0|1}
--          | {"repeated", v} | {"lost"}
-- Effects: journal, events, items, due; version + 1; what was held for the item's call is settled (ledger). An ended run frees its thread for the next waiting run and answers its
--          parent's call. The same commit sent again writes `touched` and changes nothing else.
-- Needs:   changes
local cursor = 11
local change = readChange(function()
  cursor = cursor + 1
  return ARGV[cursor]
end)
local item = ARGV[3]
local run = loadRun(ARGV[1], ARGV[2], touchedItems(change, item))
local state = run and run.items[item]
if not state or not isHeldBy(state, ARGV[4], ARGV[5]) then return { 'lost' } end
if not state.isOpen then
  redis.call('HSET', KEYS[1], 'touched', ARGV[6])
  return { 'repeated', state.version }
end
local version, opened, told, isStepHanded = applyChange(run, change, {
  at = ARGV[6], graceMs = tonumber(ARGV[7]), status = ARGV[8], eventsKeptMs = ARGV[9], held = item,
  stepDoor = doorOf(ARGV[10]), callDoor = doorOf(ARGV[11]),
})
return { 'committed', version, opened, told, isStepHanded and 1 or 0 }
