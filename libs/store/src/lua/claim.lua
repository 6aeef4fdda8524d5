-- Claim: takes an open work item for one worker and fences out whoever held it before.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 item  4 owner, unique to this claim  5 lease, ms
--          6 `journal` | `-`: whether the claimer needs the thread's journal
--          7 print of the claimer's prices and budgets, or "": no budget counts calls of models
-- Output:  {"claimed", epoch, v, data, partial message or "", thread, tenant, agent digest, `clean` | `begun`,
--          1 if the run was cancelled, else 0, journal (list), allowance (as reserve in parts/ledger.lua says it, or {"unpriced"}: no tariff
--          of this print is known for the agent), {warnings of budgets (JSON) …}}; `begun`: an earlier holder fell silent and may have done the work
--          | {"busy", owner, leaseUntilMs} | {"stale"}: closed, or never opened
-- Effects: raises the item's epoch, sets its lease and its due time, begins the count of renewals anew; settles what an earlier holder
--          held, and holds what a step's call of a model may cost. The same claim sent again is answered the same.
-- Needs:   time, numbers, items, ledger
local prefix, run, item, owner, leaseMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

local fields = redis.call('HMGET', KEYS[1], 'i:' .. item, 'v', 'd:' .. item, 'p:' .. item, 'thread', 'tenant', 'digest', 'cancel',
  'r:' .. item, 'agent', 'root')
local state = parseItem(fields[1])
if not state or not state.isOpen then return { 'stale' } end
local now = nowMs()
local told, hasHold, member = {}, fields[9] and true or false, run .. '|' .. item
if state.owner ~= owner then
  if state.untilMs > now then return { 'busy', state.owner, state.untilMs } end
  state.past = state.owner == '-' and state.past or 'begun'
  if hasHold then
    ledger().settleLost(prefix, member, state.past == 'begun', now, told)
    redis.call('HDEL', KEYS[1], 'r:' .. item)
    hasHold = false
  end
  -- Only an item that was held before can have been renewed.
  if state.epoch > 0 then redis.call('HDEL', KEYS[1], 'n:' .. item) end
  state.epoch = state.epoch + 1
  state.owner = owner
end
state.untilMs = now + leaseMs
state.rings = 0
redis.call('HSET', KEYS[1], 'i:' .. item, formatItem(state))
redis.call('ZADD', prefix .. 'due', digits(state.untilMs), run .. '|' .. item)

local journal = ARGV[6] == 'journal' and redis.call('LRANGE', prefix .. 'journal:' .. fields[5], 0, -1) or {}
local allowance = { 'free' }
if hasHold then
  allowance = ledger().heldAlready(prefix, member)
elseif ARGV[7] ~= '' and not fields[8] then
  local tariff = redis.call('HGET', prefix .. 'tariffs:' .. ARGV[7], fields[7])
  allowance = not tariff and { 'unpriced' } or ledger().reserve(prefix, {
    run = run, item = item, epoch = state.epoch, now = now, isProbe = string.sub(item, 1, 5) ~= 'step:',
    owners = { tenant = fields[6], agent = fields[10], thread = fields[11] or fields[5] },
  }, cjson.decode(tariff), journal, told)
  if allowance[1] == 'held' then redis.call('HSET', KEYS[1], 'r:' .. item, '1') end
end

return { 'claimed', state.epoch, tonumber(fields[2]), fields[3] or '', fields[4] or '', fields[5], fields[6], fields[7],
  state.past, fields[8] and 1 or 0, journal, allowance, told }
