-- Key-put: keeps a new API key, unless its name has as many live ones as it may have.
--
-- KEYS:    1 record of the new key (hash)  2 the tenant's keys (hash: id to digest)
-- ARGV:    1 prefix of records  2 id  3 digest  4 name  5 now, ms  6 how many keys of a name may live  7 name of this creation, or ""
--          8… fields of the record
-- Output:  {"kept"} | {"limit", ids of the live ones that stand in the way …} | {"made", id}: a key was made under that creation's name
-- Effects: the record and the tenant's list, or nothing
local now, live = tonumber(ARGV[5]), {}
local known = redis.call('HGETALL', KEYS[2])
for n = 1, #known, 2 do
  local fields = redis.call('HMGET', ARGV[1] .. known[n + 1], 'name', 'revoked', 'expires', 'creation')
  if ARGV[7] ~= '' and fields[4] == ARGV[7] then return { 'made', known[n] } end
  local hasExpired = fields[3] and tonumber(fields[3]) <= now
  if fields[1] == ARGV[4] and not fields[2] and not hasExpired then table.insert(live, known[n]) end
end
if #live >= tonumber(ARGV[6]) then return { 'limit', unpack(live) } end
redis.call('HSET', KEYS[1], unpack(ARGV, 8))
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'creation', ARGV[7]) end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return { 'kept' }
