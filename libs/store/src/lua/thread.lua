-- Thread: creates a thread, or says whose it is.
--
-- KEYS:    1 thread hash
-- ARGV:    1 tenant  2 now for people, ms  3 metadata (JSON)
-- Output:  "created" | "exists" | "foreign": another tenant's, to be shown as missing
-- Effects: thread hash; a repeat writes `touched`.
local owner = redis.call('HGET', KEYS[1], 'tenant')
if owner and owner ~= ARGV[1] then return 'foreign' end
if owner then
  redis.call('HSET', KEYS[1], 'touched', ARGV[2])
  return 'exists'
end
redis.call('HSET', KEYS[1], 'tenant', ARGV[1], 'created', ARGV[2], 'updated', ARGV[2], 'metadata', ARGV[3])
return 'created'
