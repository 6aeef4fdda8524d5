-- Relabel: gives a thread other metadata, and the labels that follow from it.
--
-- KEYS:    1 thread hash
-- ARGV:    1 prefix  2 tenant  3 thread  4 now for people, ms  5 metadata that was read (JSON)  6 new metadata (JSON)
--          7 number of labels to take away, then these; then the labels to add
-- Output:  "relabelled" | "missing" | "conflict": the metadata has changed meanwhile, read again
-- Effects: thread hash, labels. A repeat finds the new metadata, and writes it once more.
local prefix, tenant, thread = ARGV[1], ARGV[2], ARGV[3]
local fields = redis.call('HMGET', KEYS[1], 'tenant', 'metadata', 'created')
if fields[1] ~= tenant then return 'missing' end
if fields[2] ~= ARGV[5] and fields[2] ~= ARGV[6] then
  redis.call('HSET', KEYS[1], 'touched', ARGV[4])
  return 'conflict'
end
local isListed = redis.call('ZSCORE', prefix .. 'threads:' .. tenant, thread)
redis.call('HSET', KEYS[1], 'metadata', ARGV[6], 'updated', ARGV[4])
local removed = tonumber(ARGV[7])
for index = 8, #ARGV do
  local key = prefix .. 'label:' .. tenant .. ':' .. ARGV[index]
  if index < 8 + removed then
    redis.call('ZREM', key, thread)
  elseif isListed then
    redis.call('ZADD', key, fields[3], thread)
  end
end
return 'relabelled'
