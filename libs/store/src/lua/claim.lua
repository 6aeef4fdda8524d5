-- Claim: takes an open work item for one worker and fences out whoever held it before.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 item  4 owner, unique to this claim  5 lease, ms
--          6 `journal` | `-`: whether the claimer needs the thread's journal
-- Output:  {"claimed", epoch, v, data, partial message or "", thread, tenant, agent digest, `clean` | `begun`,
--          1 if the run was cancelled, else 0, journal (list)}; `begun`: an earlier holder fell silent and may have done the work
--          | {"busy", owner, leaseUntilMs} | {"stale"}: closed, or never opened
-- Effects: raises the item's epoch, sets its lease and its due time, begins the count of renewals anew. The same claim sent again is answered the same.
local prefix, run, item, owner, leaseMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

local fields = redis.call('HMGET', KEYS[1], 'i:' .. item, 'v', 'd:' .. item, 'p:' .. item, 'thread', 'tenant', 'digest', 'cancel')
local state = parseItem(fields[1])
if not state or not state.isOpen then return { 'stale' } end
local now = nowMs()
if state.owner ~= owner then
  if state.untilMs > now then return { 'busy', state.owner, state.untilMs } end
  state.past = state.owner == '-' and state.past or 'begun'
  -- Only an item that was held before can have been renewed.
  if state.epoch > 0 then redis.call('HDEL', KEYS[1], 'n:' .. item) end
  state.epoch = state.epoch + 1
  state.owner = owner
end
state.untilMs = now + leaseMs
state.rings = 0
redis.call('HSET', KEYS[1], 'i:' .. item, formatItem(state))
redis.call('ZADD', prefix .. 'due', ms(state.untilMs), run .. '|' .. item)

return { 'claimed', state.epoch, tonumber(fields[2]), fields[3] or '', fields[4] or '', fields[5], fields[6], fields[7],
  state.past, fields[8] and 1 or 0,
  ARGV[6] == 'journal' and redis.call('LRANGE', prefix .. 'journal:' .. fields[5], 0, -1) or {} }
