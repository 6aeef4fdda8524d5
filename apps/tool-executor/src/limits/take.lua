-- Take: lets a call pass if each of its windows has room, and says when there will be room if one has none.
--
-- KEYS:    windows: sorted sets of calls by the time at which they passed, ms; all with one hash tag
-- ARGV:    1 length of the windows, ms  2 call  3… the limit of each window
-- Output:  {0, 0}: passed, now or before | {n, ms until there is room}: the n-th window is full
-- Effects: what has left a window is dropped; a call that passes is noted in each; a set lapses with its last call
local windowMs, call = tonumber(ARGV[1]), ARGV[2]
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

for _, key in ipairs(KEYS) do redis.call('ZREMRANGEBYSCORE', key, '-inf', now - windowMs) end
if redis.call('ZSCORE', KEYS[1], call) then return { 0, 0 } end
local full, wait = 0, 0
for n, key in ipairs(KEYS) do
  local limit, passed = tonumber(ARGV[2 + n]), redis.call('ZCARD', key)
  if passed >= limit then
    local blocking = redis.call('ZRANGE', key, passed - limit, passed - limit, 'WITHSCORES')
    local untilRoom = math.max(1, tonumber(blocking[2]) + windowMs - now)
    if untilRoom > wait then full, wait = n, untilRoom end
  end
end
if full > 0 then return { full, wait } end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now, call)
  redis.call('PEXPIRE', key, windowMs)
end
return { 0, 0 }
