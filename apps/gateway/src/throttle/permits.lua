-- Permits: hands out permits of a window to a gateway, several at once while there are many, and takes back what it did not need.
--
-- KEYS:    1 hash: the window's permits that are handed out, and when it ends
-- ARGV:    1 permits of a window  2 its length, ms  3 how many are needed, or 0  4 how many come back, or 0
--          5 when the window ends that they are of
-- Output:  {handed out now, left, ms until the window ends, when it ends}
-- Effects: the window begins with the first permit, counts those that are out, and lapses at its end
local limit, windowMs, needed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local window = redis.call('HMGET', KEYS[1], 'out', 'ends')
local out, ends = tonumber(window[1] or '0'), tonumber(window[2] or '0')
if ends <= now then out, ends = 0, now + windowMs end
-- Those of a window that is over are worth nothing.
if ends == tonumber(ARGV[5]) then out = math.max(0, out - tonumber(ARGV[4])) end
local left = math.max(0, limit - out)
local given = 0
if needed > 0 then given = math.min(left, math.max(needed, math.floor(left / 64))) end
redis.call('HSET', KEYS[1], 'out', out + given, 'ends', ends)
redis.call('PEXPIREAT', KEYS[1], ends)
return { given, left - given, ends - now, ends }
