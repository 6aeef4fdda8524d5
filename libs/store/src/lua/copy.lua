-- Copy: makes a new thread with what another one has settled: its journal up to the run that is under way.
--
-- KEYS:    1 thread hash   2 its journal   3 new thread's hash   4 new thread's journal
-- ARGV:    1 prefix  2 tenant  3 new thread  4 now for people, ms  5 metadata of the new thread (JSON)  6… its labels
-- Output:  "copied" | "missing" | "exists": the new thread is there already, so this is a repeat
-- Effects: new thread hash and journal, the tenant's threads and labels; a repeat writes `touched`.
-- Needs:   threads
local prefix, tenant = ARGV[1], ARGV[2]
local fields = redis.call('HMGET', KEYS[1], 'tenant', 'active', 'agent')
if fields[1] ~= tenant then return 'missing' end
if redis.call('EXISTS', KEYS[3]) == 1 then
  redis.call('HSET', KEYS[3], 'touched', ARGV[4])
  return 'exists'
end
local start = fields[2] and fields[2] ~= '' and redis.call('HGET', prefix .. 'run:' .. fields[2], 'start')
if start ~= '1' then redis.call('COPY', KEYS[2], KEYS[4]) end
if start and start ~= '1' then redis.call('LTRIM', KEYS[4], 0, tonumber(start) - 2) end
redis.call('HSET', KEYS[3], 'tenant', tenant, 'created', ARGV[4], 'updated', ARGV[4], 'metadata', ARGV[5])
if fields[3] then redis.call('HSET', KEYS[3], 'agent', fields[3]) end
listThread(prefix, tenant, ARGV[3], ARGV[4], { unpack(ARGV, 6) })
return 'copied'
