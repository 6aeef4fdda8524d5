-- Commit: closes a claimed item with what came of it and opens what follows, all or nothing.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 item  4 epoch  5 now for people, ms  6 grace before the sweeper rings, ms
--          7 status: `running`, or how the run ended  8 how long an ended run's events are kept, ms
--          9… the change, as readChange (changes) takes it
-- Output:  {"committed", v, {run, item, v, place of each item to ring for …}, {warnings of budgets (JSON) …}} | {"repeated", v} | {"lost"}
-- Effects: journal, events, items, due; version + 1; what was held for the item's call is settled (ledger). An ended run frees its thread for the next waiting run and answers its
--          parent's call. The same commit sent again writes `touched` and changes nothing else.
-- Needs:   changes
local cursor = 8
local change = readChange(function()
  cursor = cursor + 1
  return ARGV[cursor]
end)
local item = ARGV[3]
local run = loadRun(ARGV[1], ARGV[2], touchedItems(change, item))
local state = run and run.items[item]
if not state or state.epoch ~= tonumber(ARGV[4]) then return { 'lost' } end
if not state.isOpen then
  redis.call('HSET', KEYS[1], 'touched', ARGV[5])
  return { 'repeated', state.version }
end
local version, opened, told = applyChange(run, change, {
  at = ARGV[5], graceMs = tonumber(ARGV[6]), status = ARGV[7], eventsKeptMs = ARGV[8], held = item,
})
return { 'committed', version, opened, told }
