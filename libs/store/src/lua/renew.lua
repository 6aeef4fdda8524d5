-- Renew: keeps, parks or gives back a claimed item, and shows what its holder has to show.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 item  4 epoch  5 owner  6 lease, ms (0: give the item back)  7 look again after, ms
--          8 number of this renewal, counted up by the holder  9 message that is being streamed, or ""
--          10 `begun` | `clean`: whether the work may have begun, for an item that is given back  11… events (JSON)
-- Output:  {"renewed", last seq, 1 if the run was cancelled, else 0, the tenant's place, if the item is given back} | {"lost"}: somebody else holds it, or it is closed
-- Effects: lease, due time, events. A renewal that was carried out already shows nothing twice.
-- Needs:   runs, places
local item = ARGV[3]

local run = loadRun(ARGV[1], ARGV[2], { item })
local state = run and run.items[item]
if not state or not state.isOpen or not isHeldBy(state, ARGV[4], ARGV[5]) then return { 'lost' } end
local now, leaseMs = nowMs(), tonumber(ARGV[6])
state.untilMs = leaseMs > 0 and now + leaseMs or 0
if leaseMs == 0 then
  state.owner = '-'
  if ARGV[10] == 'begun' then state.past = 'begun' end
end
put(run.set, 'i:' .. item, formatItem(state))
put(run.due, digits(now + tonumber(ARGV[7])), run.id .. '|' .. item)

if tonumber(ARGV[8]) > tonumber(redis.call('HGET', KEYS[1], 'n:' .. item) or '0') then
  put(run.set, 'n:' .. item, ARGV[8])
  if ARGV[9] ~= '' then
    put(run.set, 'p:' .. item, ARGV[9])
  else
    add(run.del, 'p:' .. item)
  end
  for index = 11, #ARGV do emit(run, ARGV[index]) end
end
saveRun(run)
return { 'renewed', run.seq, run.isCancelled and 1 or 0, leaseMs == 0 and placeOf(run.prefix, run.tenant) or 0 }
