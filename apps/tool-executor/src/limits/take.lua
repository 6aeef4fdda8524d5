-- Take: lets a call pass if its window has room, and says when there will be room if it has none.
--
-- KEYS:    1 window: sorted set of calls by the time at which they passed, ms
-- ARGV:    1 limit  2 length of the window, ms  3 call
-- Output:  {1, 0}: passed, now or before | {0, ms until there is room}
-- Effects: what has left the window is dropped, the call is noted; the set lapses with its last call
local key, limit, windowMs, call = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

redis.call('ZREMRANGEBYSCORE', key, '-inf', now - windowMs)
if redis.call('ZSCORE', key, call) then return { 1, 0 } end
local passed = redis.call('ZCARD', key)
if passed < limit then
  redis.call('ZADD', key, now, call)
  redis.call('PEXPIRE', key, windowMs)
  return { 1, 0 }
end
local blocking = redis.call('ZRANGE', key, passed - limit, passed - limit, 'WITHSCORES')
return { 0, math.max(1, tonumber(blocking[2]) + windowMs - now) }
