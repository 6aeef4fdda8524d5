-- Rate: keeps what somebody thinks of a run, with the run and as long as the run.
--
-- KEYS:    1 run hash
-- ARGV:    1 tenant  2 name of this rating  3 rating (JSON)  4 how many a run keeps at most
-- Output:  "kept" | "missing": no such run of this tenant | "full"
-- Effects: the run's field f:<name>. The same rating sent again is kept once.
local fields = redis.call('HMGET', KEYS[1], 'tenant', 'f:' .. ARGV[2], 'ratings')
if fields[1] ~= ARGV[1] then return 'missing' end
local count = tonumber(fields[3] or '0')
if not fields[2] and count >= tonumber(ARGV[4]) then return 'full' end
redis.call('HSET', KEYS[1], 'f:' .. ARGV[2], ARGV[3], 'ratings', count + (fields[2] and 0 or 1))
return 'kept'
