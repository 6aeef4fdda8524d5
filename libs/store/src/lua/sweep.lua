-- Sweep: hands overdue items to one sweeper, which rings for them again.
--
-- KEYS:    1 due (sorted set: `run|item` by ms)
--          2 sweeps (hash: `at`, the last sweep; `from`, `to`, the last outage; `until`, how long its leases are given once more; ms)
-- ARGV:    1 prefix  2 how many at most  3 first pause before the same item is handed out again, ms  4 longest pause, ms
--          and from a sweeper that has swept before:
--          5 for how long nobody must have swept, that it was an outage, ms  6 lease that is given once more after one, ms
-- Output:  {{run, item, v, "lease" | "doorbell", overdue by ms, place, rings, epoch} …}   "lease": a holder fell silent; "doorbell": nobody
--          came; rings: how often it was rung for again since somebody last claimed it; epoch: how often it was claimed
-- Effects: counts a batch of spendings into `usage:<tenant>|<day>`; moves each item's due time ahead (doubling with each ring), so that
--          no other sweeper gets it meanwhile; drops entries whose item is closed; gives leases that ran out in the last outage once more.
-- Needs:   time, numbers, items, places, spendings
local prefix, limit = ARGV[1], tonumber(ARGV[2])
local now = nowMs()
countSpendings(prefix)
local found = {}

local sweeps = redis.call('HMGET', KEYS[2], 'at', 'from', 'to', 'until')
local last = { at = tonumber(sweeps[1]), from = tonumber(sweeps[2]), to = tonumber(sweeps[3]), untilMs = tonumber(sweeps[4]) }
if ARGV[5] and last.at and now - last.at >= tonumber(ARGV[5]) then
  last.from, last.to, last.untilMs = last.at, now, now + tonumber(ARGV[6])
  redis.call('HSET', KEYS[2], 'at', digits(now), 'from', digits(last.from), 'to', digits(last.to), 'until', digits(last.untilMs))
else
  redis.call('HSET', KEYS[2], 'at', digits(now))
end

-- Whether a holder, if it lives, has had no chance to renew: nobody could reach the store when its lease ran out.
local function ranOutInOutage(state)
  return last.to and last.untilMs > now and state.untilMs > last.from and state.untilMs <= last.to
end

local function handOut(run, item, state, fields, score)
  local pauseMs = math.min(tonumber(ARGV[3]) * 2 ^ math.min(state.rings, 16), tonumber(ARGV[4]))
  local rings = state.rings
  state.rings = rings + 1
  redis.call('ZADD', KEYS[1], digits(now + pauseMs), run .. '|' .. item)
  local cause = state.untilMs > 0 and 'lease' or 'doorbell'
  found[#found + 1] = { run, item, tonumber(fields[2]), cause, math.floor(now - score), placeOf(prefix, fields[3]), rings, state.epoch }
end

-- Looks at what is overdue, as long as there is room. Returns how many leases were given once more: they hid what is due after them.
local function look()
  local given = 0
  local overdue = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', digits(now), 'WITHSCORES', 'LIMIT', 0, limit - #found)
  for index = 1, #overdue, 2 do
    local member, score = overdue[index], tonumber(overdue[index + 1])
    local run, item = string.match(member, '^([^|]+)|(.+)$')
    local runKey = prefix .. 'run:' .. run
    local fields = redis.call('HMGET', runKey, 'i:' .. item, 'v', 'tenant')
    local state = parseItem(fields[1])
    if not state or not state.isOpen then
      redis.call('ZREM', KEYS[1], member)
    else
      if ranOutInOutage(state) then
        state.untilMs = last.untilMs
        redis.call('ZADD', KEYS[1], digits(state.untilMs), member)
        given = given + 1
      else
        handOut(run, item, state, fields, score)
      end
      redis.call('HSET', runKey, 'i:' .. item, formatItem(state))
    end
  end
  return given
end

-- A script holds up everything else: the next sweep goes on where this one ends.
local looks = 0
repeat looks = looks + 1 until look() == 0 or looks == 10
return found
