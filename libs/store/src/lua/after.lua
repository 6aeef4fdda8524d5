-- After: hands out ended runs after which something is left to do, and takes note of what came of it.
--
-- KEYS:    1 ended runs (sorted set: run by when to look at it, ms)
-- ARGV:    1 prefix  2 `take` | `settle` | `again`
--          take: 3 how many at most  4 how long whoever takes a run may be silent, ms
--          settle: 3 run  4 in how many ms to look again, or "": nothing is left  5 what could not be done (JSON), or ""
--          6 `told`: its webhook needs no more calls, or ""
--          again: 3 run
-- Output:  take: {run, how often it was taken, whether it was told, run …}; settle, again: 1 | 0: there is no such run
-- Effects: the set; the run's count of takings; the list of what could not be done, newest first, of which 1,000 are kept. `again`
--          starts to count anew.
-- Needs:   time, numbers
local prefix, operation = ARGV[1], ARGV[2]
local deadKept = 1000

if operation == 'take' then
  local taken = {}
  local now = nowMs()
  for _, run in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', digits(now), 'LIMIT', 0, tonumber(ARGV[3]))) do
    local key = prefix .. 'run:' .. run
    if redis.call('HEXISTS', key, 'after') == 1 then
      redis.call('ZADD', KEYS[1], digits(now + tonumber(ARGV[4])), run)
      for _, value in ipairs({ run, redis.call('HINCRBY', key, 'taken', 1), redis.call('HEXISTS', key, 'told') }) do
        taken[#taken + 1] = value
      end
    else
      redis.call('ZREM', KEYS[1], run)
    end
  end
  return taken
end

local run = ARGV[3]
local key = prefix .. 'run:' .. run
local tenant = redis.call('HGET', key, 'tenant')
if not tenant then
  redis.call('ZREM', KEYS[1], run)
  redis.call('SET', prefix .. 'confirmed', digits(nowMs()))
  return 0
end
local dead = prefix .. 'dead:' .. tenant
if operation == 'again' then
  redis.call('HSET', key, 'taken', 0)
  redis.call('HDEL', key, 'told')
  redis.call('ZADD', KEYS[1], 0, run)
  for _, entry in ipairs(redis.call('LRANGE', dead, 0, -1)) do
    if string.find(entry, run, 1, true) then redis.call('LREM', dead, 0, entry) end
  end
  return 1
end

if ARGV[6] ~= '' then redis.call('HSET', key, 'told', digits(nowMs())) end
if ARGV[5] ~= '' then
  redis.call('LPUSH', dead, ARGV[5])
  redis.call('LTRIM', dead, 0, deadKept - 1)
end
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[1], run)
else
  redis.call('ZADD', KEYS[1], digits(nowMs() + tonumber(ARGV[4])), run)
end
return 1
