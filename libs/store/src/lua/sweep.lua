-- Sweep: hands overdue items to one sweeper, which rings for them again.
--
-- KEYS:    1 due (sorted set: `run|item` by ms)
-- ARGV:    1 prefix  2 how many at most  3 first pause before the same item is handed out again, ms  4 longest pause, ms
-- Output:  {{run, item, v, "lease" | "doorbell", overdue by ms, place} …}   "lease": a holder fell silent; "doorbell": nobody came
-- Effects: counts a batch of spendings into `usage:<tenant>|<day>`; moves each item's due time ahead (doubling with each ring), so that no other sweeper gets it meanwhile; drops
--          entries whose item is closed.
local prefix = ARGV[1]
local now = nowMs()
countSpendings(prefix)
local found = {}
local overdue = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ms(now), 'WITHSCORES', 'LIMIT', 0, tonumber(ARGV[2]))
for index = 1, #overdue, 2 do
  local member, score = overdue[index], tonumber(overdue[index + 1])
  local run, item = string.match(member, '^([^|]+)|(.+)$')
  local runKey = prefix .. 'run:' .. run
  local fields = redis.call('HMGET', runKey, 'i:' .. item, 'v', 'tenant')
  local state = parseItem(fields[1])
  if state and state.isOpen then
    local cause = state.untilMs > 0 and 'lease' or 'doorbell'
    local pauseMs = math.min(tonumber(ARGV[3]) * 2 ^ math.min(state.rings, 16), tonumber(ARGV[4]))
    state.rings = state.rings + 1
    redis.call('HSET', runKey, 'i:' .. item, formatItem(state))
    redis.call('ZADD', KEYS[1], ms(now + pauseMs), member)
    table.insert(found, { run, item, tonumber(fields[2]), cause, math.floor(now - score), placeOf(prefix, fields[3]) })
  else
    redis.call('ZREM', KEYS[1], member)
  end
end
return found
