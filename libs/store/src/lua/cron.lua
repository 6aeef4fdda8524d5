-- Cron: keeps or removes what a client wants to have run by a schedule.
--
-- KEYS:    1 record (string)   2 the tenant's (sorted set, by the time of their creation)   3 all there are (set)
-- ARGV:    1 `put` | `remove`  2 id  3 when it was created, ms  4 record (JSON)  5 how many a tenant may have
-- Output:  1 | 0: put: the tenant has as many as it may; remove: there was none
-- Effects: the record and both lists. A repeat finds it done, and writes the record or the list once more.
if ARGV[1] == 'put' then
  local isNew = redis.call('EXISTS', KEYS[1]) == 0
  if isNew and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then return 0 end
  redis.call('SET', KEYS[1], ARGV[4])
  redis.call('ZADD', KEYS[2], ARGV[3], ARGV[2])
  redis.call('SADD', KEYS[3], ARGV[2])
  return 1
end
local removed = redis.call('DEL', KEYS[1])
if removed == 0 then redis.call('SADD', KEYS[3], ARGV[2]) end
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('SREM', KEYS[3], ARGV[2])
return removed
