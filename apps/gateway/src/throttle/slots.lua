-- Slots: lets a stream in if each of its sets has room, and says again of one that is in that it is still there.
--
-- KEYS:    sets of open streams by when each is forgotten unless it is heard of, ms; all with one hash tag
-- ARGV:    1 stream  2 ms until it is forgotten  3… the limit of each set, 0: none
-- Output:  0: it is in | n: the n-th set is full
-- Effects: streams that were not heard of are forgotten; the stream is in all sets or in none
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local isIn = redis.call('ZSCORE', KEYS[1], ARGV[1])
for n, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  local limit = tonumber(ARGV[2 + n])
  if not isIn and limit > 0 and redis.call('ZCARD', key) >= limit then return n end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + tonumber(ARGV[2]), ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
return 0
