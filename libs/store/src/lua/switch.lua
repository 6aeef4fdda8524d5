-- Switch: turns a tool off, for everybody or for one tenant, or on again.
--
-- KEYS:    1 switches (hash)  2 log of what was switched (stream)  3 versions of what operators control (hash)
-- ARGV:    1 field: tenant, or * for everybody, a slash, and the name  2 "off" | "on"  3 the switch (JSON)  4 the record (JSON)
-- Output:  1: it was changed | 0: it was so already
-- Effects: the field; a record of a change; the version. A repeat writes the version only.
redis.call('HINCRBY', KEYS[3], 'switches', 1)
if ARGV[2] == 'off' then
  if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[3] then return 0 end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
elseif redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then
  return 0
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', 'record', ARGV[4])
return 1
