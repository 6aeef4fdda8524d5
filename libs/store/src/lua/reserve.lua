-- Reserve: learns what a call of an agent's models may cost, and holds that for an item which was claimed without.
--
-- KEYS:    1 run hash
-- ARGV:    1 prefix  2 run  3 item  4 epoch  5 owner  6 print of the claimer's prices and budgets  7 tariff (JSON)
--          8 how long it is kept, ms
-- Output:  {"reserved", allowance, {warnings of budgets (JSON) …}}, as reserve in parts/ledger.lua says it | {"lost"}: somebody else holds it,
--          or it is closed
-- Effects: the tariff; accounts and holds. The same call sent again holds nothing twice.
-- Needs:   time, items, ledger
local prefix, id, item = ARGV[1], ARGV[2], ARGV[3]
local fields = redis.call('HMGET', KEYS[1], 'i:' .. item, 'digest', 'tenant', 'agent', 'thread', 'root', 'r:' .. item)
local state = parseItem(fields[1])
if not state or not state.isOpen or not isHeldBy(state, ARGV[4], ARGV[5]) then return { 'lost' } end
local tariffs, member, told = prefix .. 'tariffs:' .. ARGV[6], id .. '|' .. item, {}
redis.call('HSET', tariffs, fields[2], ARGV[7])
redis.call('PEXPIRE', tariffs, ARGV[8])
if fields[7] then return { 'reserved', ledger().heldAlready(prefix, member), told } end
local allowance = ledger().reserve(prefix, {
  run = id, item = item, epoch = state.epoch, now = nowMs(), isProbe = string.sub(item, 1, 5) ~= 'step:',
  owners = { tenant = fields[3], agent = fields[4], thread = fields[6] or fields[5] },
}, cjson.decode(ARGV[7]), redis.call('LRANGE', prefix .. 'journal:' .. fields[5], 0, -1), told)
if allowance[1] == 'held' then redis.call('HSET', KEYS[1], 'r:' .. item, '1') end
return { 'reserved', allowance, told }
