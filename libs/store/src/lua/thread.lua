-- Thread: creates a thread, or says whose it is.
--
-- KEYS:    1 thread hash
-- ARGV:    1 tenant  2 now for people, ms  3 metadata (JSON)  4 prefix  5 thread  6 name of this creation, or empty
--          7… labels by which it can be found
-- Output:  "created", also to a repeat under the same name | "exists" | "foreign": another tenant's, to be shown as missing
-- Effects: thread hash, the tenant's threads and labels; a repeat writes `touched`.
-- Needs:   threads
local owner = redis.call('HGET', KEYS[1], 'tenant')
if owner and owner ~= ARGV[1] then return 'foreign' end
if owner then
  redis.call('HSET', KEYS[1], 'touched', ARGV[2])
  local isRepeat = ARGV[6] ~= '' and redis.call('HGET', KEYS[1], 'creation') == ARGV[6]
  return isRepeat and 'created' or 'exists'
end
redis.call('HSET', KEYS[1], 'tenant', ARGV[1], 'created', ARGV[2], 'updated', ARGV[2], 'metadata', ARGV[3])
if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'creation', ARGV[6]) end
listThread(ARGV[4], ARGV[1], ARGV[5], ARGV[2], { unpack(ARGV, 7) })
return 'created'
