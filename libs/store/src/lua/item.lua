-- Item: keeps, removes or refreshes an item that a client keeps; or takes ended items out of the index.
--
-- KEYS:    1 the tenant's items (sorted set, by name)   2 its namespaces (sorted set, by name)
--          3 how many items a namespace has (hash)   4 when items end (sorted set)   5 item (hash)
-- ARGV:    1 `put` | `remove` | `refresh` | `tidy`  2 now for people, ms  3 the item's place: its namespace and key
--          4 its namespace  5 value (JSON)  6 how long it lives, ms, or "": for ever  7 prefix of the tenant's items (`tidy`)
-- Output:  put: {created, updated}; remove, refresh: 0 | 1; tidy: how many were taken out
-- Effects: the item and its index. Redis ends items by itself; `tidy` then takes at most 100 of them out of the index.
-- Needs:   time, numbers
local operation, at, place, namespace = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local function leaveIndex(name, ofNamespace)
  redis.call('ZREM', KEYS[4], name)
  if redis.call('ZREM', KEYS[1], name) == 0 then return end
  if redis.call('HINCRBY', KEYS[3], ofNamespace, -1) > 0 then return end
  redis.call('HDEL', KEYS[3], ofNamespace)
  redis.call('ZREM', KEYS[2], ofNamespace)
end

local function live(lifeMs)
  if lifeMs == '' then
    redis.call('PERSIST', KEYS[5])
    redis.call('ZREM', KEYS[4], place)
    return
  end
  redis.call('PEXPIRE', KEYS[5], lifeMs)
  redis.call('ZADD', KEYS[4], digits(nowMs() + tonumber(lifeMs)), place)
end

if operation == 'put' then
  local created = redis.call('HGET', KEYS[5], 'created') or at
  redis.call('HSET', KEYS[5], 'value', ARGV[5], 'created', created, 'updated', at, 'life', ARGV[6])
  live(ARGV[6])
  if redis.call('ZADD', KEYS[1], 0, place) == 1 and redis.call('HINCRBY', KEYS[3], namespace, 1) == 1 then
    redis.call('ZADD', KEYS[2], 0, namespace)
  end
  return { created, at }
elseif operation == 'remove' then
  local removed = redis.call('UNLINK', KEYS[5])
  leaveIndex(place, namespace)
  redis.call('HSET', KEYS[3], 'touched', at)
  return removed
elseif operation == 'refresh' then
  local lifeMs = redis.call('HGET', KEYS[5], 'life')
  if not lifeMs then return 0 end
  live(lifeMs)
  return 1
end

local ended = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', digits(nowMs()), 'LIMIT', 0, 100)
for _, name in ipairs(ended) do
  if redis.call('EXISTS', ARGV[7] .. name) == 1 then
    redis.call('ZREM', KEYS[4], name)
  else
    leaveIndex(name, string.match(name, '^(.*)\30'))
  end
end
return #ended
