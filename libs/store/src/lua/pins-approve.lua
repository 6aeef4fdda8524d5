-- Pins, approve: what waits for approval becomes what is approved, if it is still what the operator saw.
--
-- KEYS:    1 the server's pins (hash)  2 versions of what operators control (hash)  3 log of what was switched (stream)
-- ARGV:    1 tool  2 digest of the definition that is approved  3 by whom  4 now, ms  5 the record (JSON)
-- Output:  "approved" | "other": another definition waits now | "nothing": none waits
-- Effects: the tool's fields, a record and the version. A repeat writes the version only.
local pending = redis.call('HGET', KEYS[1], 'pending:' .. ARGV[1])
redis.call('HINCRBY', KEYS[2], 'pins', 1)
if not pending then
  local approved = redis.call('HGET', KEYS[1], 'approved:' .. ARGV[1])
  return (approved and string.match(approved, '^%S+') == ARGV[2]) and 'approved' or 'nothing'
end
local digest, definition = string.match(pending, '^(%S+) %S+ %S+ (.*)$')
if digest ~= ARGV[2] then return 'other' end
redis.call('HSET', KEYS[1], 'approved:' .. ARGV[1], digest .. ' ' .. ARGV[4] .. ' ' .. ARGV[3] .. ' ' .. definition)
redis.call('HDEL', KEYS[1], 'pending:' .. ARGV[1])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'record', ARGV[5])
return 'approved'
