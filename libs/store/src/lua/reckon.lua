-- Reckon: settles holds that nobody is left to settle: of runs that are gone, and of items that are closed or were never opened.
--
-- KEYS:    1 holds (hash)
-- ARGV:    1 prefix  2 cursor, "0" to begin  3 about how many to look at
-- Output:  {cursor, "0" at the end; {run|item that was settled …}; {warnings of budgets (JSON) …}}
-- Effects: holds and accounts. What may have been spent counts as spent.
-- Needs:   time, items, ledger
local prefix, settled, told = ARGV[1], {}, {}
local found = redis.call('HSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
for index = 1, #found[2], 2 do
  local member = found[2][index]
  local run, item = string.match(member, '^([^|]+)|(.+)$')
  local fields = redis.call('HMGET', prefix .. 'run:' .. run, 'i:' .. item, 'r:' .. item)
  local state = parseItem(fields[1])
  if not state or not state.isOpen or not fields[2] then
    ledger().settleLost(prefix, member, true, nowMs(), told)
    settled[#settled + 1] = member
  end
end
return { found[1], settled, told }
