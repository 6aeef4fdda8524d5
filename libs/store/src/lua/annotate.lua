-- Annotate: a client changes the state of a thread in which nothing runs.
--
-- KEYS:    1 thread hash   2 thread's journal
-- ARGV:    1 tenant  2 length of the journal that was read  3 now for people, ms  4 the fact thread.updated
-- Output:  {"annotated", position} | {"thread-missing"} | {"thread-busy", run} | {"conflict"}: the journal has grown, read again
-- Effects: journal + 1. A repeat finds that the journal has grown, and writes `touched`.
local fields = redis.call('HMGET', KEYS[1], 'tenant', 'active')
if fields[1] ~= ARGV[1] then return { 'thread-missing' } end
if fields[2] and fields[2] ~= '' then return { 'thread-busy', fields[2] } end
if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'touched', ARGV[3])
  return { 'conflict' }
end
redis.call('HSET', KEYS[1], 'updated', ARGV[3])
return { 'annotated', redis.call('RPUSH', KEYS[2], ARGV[4]) }
