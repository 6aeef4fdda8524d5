-- Claim: takes an open work item for one worker and fences out whoever held it before.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 item  4 owner, unique to this claim  5 lease, ms
-- Output:  {"claimed", epoch, v, data, partial message or "", thread, tenant, agent digest, `clean` | `begun`, journal (list)};
--          `begun`: an earlier holder fell silent and may have done the work
--          | {"busy", owner, leaseUntilMs} | {"stale"}: closed, or never opened
-- Effects: raises the item's epoch, sets its lease and its due time, begins the count of renewals anew. The same claim sent again is answered the same.
local prefix, run, item, owner, leaseMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

local state = readItem(KEYS[1], item)
if not state or not state.isOpen then return { 'stale' } end
local now = nowMs()
if state.owner ~= owner then
  if state.untilMs > now then return { 'busy', state.owner, state.untilMs } end
  state.past = state.owner == '-' and state.past or 'begun'
  state.epoch = state.epoch + 1
  state.owner = owner
  redis.call('HDEL', KEYS[1], 'n:' .. item)
end
state.untilMs = now + leaseMs
state.rings = 0
writeItem(KEYS[1], item, state)
setDue(prefix, run, item, state.untilMs)

local fields = redis.call('HMGET', KEYS[1], 'v', 'd:' .. item, 'p:' .. item, 'thread', 'tenant', 'digest')
return { 'claimed', state.epoch, tonumber(fields[1]), fields[2] or '', fields[3] or '', fields[4], fields[5], fields[6],
  state.past, redis.call('LRANGE', prefix .. 'journal:' .. fields[4], 0, -1) }
