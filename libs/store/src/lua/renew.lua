-- Renew: keeps, parks or gives back a claimed item, and shows what its holder has to show.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 item  4 epoch  5 lease, ms (0: give the item back)  6 look again after, ms
--          7 number of this renewal, counted up by the holder  8 message that is being streamed, or ""
--          9 `begun` | `clean`: whether the work may have begun, for an item that is given back  10… events (JSON)
-- Output:  {"renewed", last seq, 1 if the run was cancelled, else 0} | {"lost"}: somebody else holds it, or it is closed
-- Effects: lease, due time, events. A renewal that was carried out already shows nothing twice.
local prefix, run, item = ARGV[1], ARGV[2], ARGV[3]

local state = readItem(KEYS[1], item)
if not state or not state.isOpen or state.epoch ~= tonumber(ARGV[4]) then return { 'lost' } end
local now, leaseMs = nowMs(), tonumber(ARGV[5])
state.untilMs = leaseMs > 0 and now + leaseMs or 0
if leaseMs == 0 then
  state.owner = '-'
  if ARGV[9] == 'begun' then state.past = 'begun' end
end
writeItem(KEYS[1], item, state)
setDue(prefix, run, item, now + tonumber(ARGV[6]))

if tonumber(ARGV[7]) > tonumber(redis.call('HGET', KEYS[1], 'n:' .. item) or '0') then
  redis.call('HSET', KEYS[1], 'n:' .. item, ARGV[7])
  if ARGV[8] ~= '' then
    redis.call('HSET', KEYS[1], 'p:' .. item, ARGV[8])
  else
    redis.call('HDEL', KEYS[1], 'p:' .. item)
  end
  for index = 10, #ARGV do emit(prefix, run, ARGV[index]) end
end
local fields = redis.call('HMGET', KEYS[1], 'seq', 'cancel')
return { 'renewed', tonumber(fields[1]), fields[2] and 1 or 0 }
